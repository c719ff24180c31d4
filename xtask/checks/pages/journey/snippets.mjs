// The snippets of the reference, run as they stand: each language sends the request that its page describes.
import { spawn } from "node:child_process";

/** What runs a text, by the word at the end of its field's id. Rust needs a package: another check builds what it shows. */
const RUNNERS = {
  curl: ["sh", []],
  php: ["php", []],
  node: ["node", ["--input-type=module", "-"]],
  python: ["python3", ["-"]],
};
const SECONDS_MAX = 30;

/** Runs each snippet of the page that is shown; `status` is what each must be answered. */
export async function runSnippets(walk, token, status) {
  const { page, group } = walk;
  for (const [language, runner] of Object.entries(RUNNERS)) {
    const text = await page.locator(`#snippet-${language}`).inputValue();
    const output = await run(runner, text, token);
    const told = language === "curl" ? `HTTP/1.1 ${status}` : `${status}\n`;
    group.holds(`the snippet for ${language} is answered ${status}`, output.startsWith(told), output);
    group.holds(`the snippet for ${language} shows the answer`, output.includes('"success":true'), output);
  }
}

/** What a program writes that reads this text, with the key where the snippet says. */
function run([program, words], text, token) {
  return new Promise((done, failed) => {
    const env = { ...process.env, API_KEY: token };
    const child = spawn(program, words, { env, timeout: SECONDS_MAX * 1000, stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (output += bytes));
    child.on("error", failed);
    child.on("close", () => done(output));
    child.stdin.end(text);
  });
}
