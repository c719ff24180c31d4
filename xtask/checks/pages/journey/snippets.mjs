// The snippets of the reference, run as they stand: each language sends the request that its page describes.
import { spawn } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What runs a text, by the word at the end of its field's id; Rust has a package around it. */
const RUNNERS = {
  curl: ["sh", []],
  php: ["php", []],
  node: ["node", ["--input-type=module", "-"]],
  python: ["python3", ["-"]],
};
const SECONDS_MAX = 30;
/** The package with what the snippet for Rust needs, and where it is built: once, for as long as the folder stays. */
const PACKAGE = fileURLToPath(new URL("../rust_snippet", import.meta.url));
const BUILT = fileURLToPath(new URL("../../../../target/rust-snippet", import.meta.url));
/** Its first build takes some 30 seconds of a processor. */
const BUILD_SECONDS_MAX = 300;

/** Runs each snippet of the page that is shown; `status` is what each must be answered. */
export async function runSnippets(walk, token, status) {
  const text = (language) => walk.page.locator(`#snippet-${language}`).inputValue();
  for (const [language, [program, words]] of Object.entries(RUNNERS)) {
    const output = await run(program, words, { text: await text(language), token, seconds: SECONDS_MAX });
    const told = language === "curl" ? `HTTP/1.1 ${status}` : `${status}\n`;
    answers(walk.group, language, output, told);
  }
  answers(walk.group, "rust", await runRust(await text("rust"), token), `${status} `);
}

function answers(group, language, output, told) {
  group.holds(`the snippet for ${language} is answered ${told.trim()}`, output.startsWith(told), output);
  group.holds(`the snippet for ${language} shows the answer`, output.includes('"success":true'), output);
}

/** The same for Rust, within a copy of the package: several checks may run at once. */
async function runRust(text, token) {
  const folder = await mkdtemp(join(tmpdir(), "rust-snippet-"));
  try {
    await cp(PACKAGE, folder, { recursive: true });
    await writeFile(join(folder, "src", "main.rs"), text);
    const words = ["run", "--quiet", "--locked", "--offline", "--target-dir", BUILT, "--manifest-path", join(folder, "Cargo.toml")];
    return await run("cargo", words, { text: "", token, seconds: BUILD_SECONDS_MAX });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a program writes that reads this text, with the key where the snippet says. */
function run(program, words, { text, token, seconds }) {
  return new Promise((done, failed) => {
    const env = { ...process.env, API_KEY: token };
    // Within the repository, whose toolchain cargo takes.
    const child = spawn(program, words, { cwd: PACKAGE, env, timeout: seconds * 1000, stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (output += bytes));
    child.on("error", failed);
    child.on("close", () => done(output));
    child.stdin.end(text);
  });
}
