// That the checks can tell: a page on which everything is wrong must not pass.
import { createServer } from "node:http";

import { visit } from "./browser.mjs";
import { look } from "./looks.mjs";
import { Report } from "./report.mjs";

const BAD = `<!doctype html><html lang="en"><head><title>Bad</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/gone.css"><link rel="stylesheet" href="/pale.css"></head><body><main>
<h1>One heading</h1><h1>Another</h1><p>Nobody can read this text</p>
<img src="http://localhost:1/tracker.png"><table><tr><td><button onclick="alert(1)"></button></td></tr></table>
<pre>${"wide".repeat(200)}</pre><script>alert(1)</script></main></body></html>`;
const PALE = "p { color: #777; background: #888; }";
const POLICY = "default-src 'none'; style-src 'self'";

const FILES = { "/": [200, "text/html", BAD], "/pale.css": [200, "text/css", PALE] };

/** What must be told of the page, in words of what is told. */
const TOLD = [
  ["a file that is not there", /asks for what is not there: 404 .*gone\.css/],
  ["a breach of the policy", /content security policy/i],
  ["a second main heading", /one main heading: expected 1, saw 2/],
  ["a page that scrolls sideways", /scroll sideways: expected \[\], saw \["\d+ of 390/],
  ["a script of its own", /scripts of its own: .*onclick/],
  ["a text that is too pale", /light: the rules.*color-contrast/],
  ["a text that is too pale in the dark", /dark: the rules.*color-contrast/],
  ["a request to another origin", /asks another origin: http:..localhost:1.tracker\.png/],
  ["a picture without words", /image-alt/],
  ["a button without words", /button-name/],
];

/** Looks at the bad page, with and without scripts. */
export function control(report, browser) {
  return report.group("a page on which everything is wrong does not pass").run(async (group) => {
    const server = createServer((request, answer) => {
      const [status, type, body] = FILES[request.url] ?? [404, "text/css", ""];
      answer.writeHead(status, { "content-type": type, "content-security-policy": POLICY });
      answer.end(body);
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      for (const scripts of [true, false]) await looksBad(group, browser, `http://127.0.0.1:${server.address().port}`, scripts);
    } finally {
      server.close();
    }
  });
}

async function looksBad(group, browser, base, scripts) {
  const kind = { width: 390, height: 844, scripts };
  const seen = await visit(browser, { base }, kind);
  const found = new Report().group("found");
  try {
    await seen.page.goto(base);
    await look(found, seen, kind, "control");
  } finally {
    await seen.context.close();
  }
  for (const [what, pattern] of TOLD) {
    group.matches(`${what} is told ${scripts ? "with" : "without"} scripts`, found.failures.join("\n"), pattern);
  }
}
