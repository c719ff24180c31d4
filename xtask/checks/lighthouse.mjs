// The pages that people open most are quick, open to everybody and well made: Lighthouse's own figures, each at least 95 of 100.
//
// Somebody is signed in, by the cookie that every request carries, and sees keys and deliveries in their numbers. Each page is measured as
// on a phone with a slow network and a processor of a quarter, and as on a desk. No request leaves the machine: the browser finds no name,
// and Lighthouse reports to nobody when it is called as a library.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { BROWSER, SWITCHES, packageFile, programNamed } from "./pages/browser.mjs";
import { send } from "./pages/http.mjs";
import { build, withFolder, withHub } from "./pages/hub.mjs";
import { HOME_PATH, issueKeys } from "./pages/journey/walk.mjs";
import { RECEIVING } from "./pages/journey/webhooks.mjs";
import { Receiver } from "./pages/receiver.mjs";
import { Report } from "./pages/report.mjs";
import { KEYS_PATH, owner } from "./pages/security/people.mjs";

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const SCORE_MIN = 95;
/** Of the first visit, compressed. */
const PAGE_BYTES_MAX = 60 * 1024;
/** A machine that is busy makes a page seem slow, and nothing makes it seem fast. */
const TRIES_MAX = 3;
/** Keys and deliveries: more than a page of each shows. */
const KEYS = 30;
const EVENTS = 30;
const SCOPES = "keys:read,keys:write,events:write,endpoints:read,endpoints:write,deliveries:read";
/** How often it is asked whether a delivery is made. */
const LOOKS_MAX = 2_000;
const BROWSER_MS_MAX = 20_000;

async function main() {
  await build();
  const report = new Report();
  await report.group(`Lighthouse gives every page at least ${SCORE_MIN}`).run((group) =>
    withHub(RECEIVING, async (hub) => {
      const receiver = await Receiver.start();
      try {
        await measured(group, hub, await filled(hub, receiver));
      } finally {
        receiver.stop();
      }
    }),
  );
  const { checks, failures } = report.total();
  console.log(`${checks} checks, ${failures === 0 ? "all hold" : `${failures} do NOT hold`}`);
  process.exitCode = failures === 0 && checks > 0 ? 0 : 1;
}

/** Puts keys and deliveries into a hub; the path of a delivery. */
async function filled(hub, receiver) {
  await issueKeys(hub, Array.from({ length: KEYS }, (_, number) => ({ label: `Shop ${number + 1}`, scopes: ["read", "write"] })));
  const { token } = JSON.parse(await hub.command(["keys", "issue", "--label", "Lighthouse", "--scope", SCOPES, "--json"]));
  const call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await send(`${hub.base}/api/hub/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return JSON.parse(answer.text);
  };
  await call("POST", "/endpoints", { url: receiver.url, event_types: ["*"], description: "Order fulfilment" });
  for (let number = 1; number <= EVENTS; number += 1) {
    await call("POST", "/events", { event_type: "payment.completed", payload: { number, amount: "1250.00", currency: "BDT" } });
  }
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const { items } = await call("GET", "/deliveries?state=delivered");
    if (items.length > 0) return `/admin/developer/deliveries/${items[0].id}`;
  }
  throw new Error("no event was delivered");
}

/** Measures each page on each machine. */
async function measured(group, hub, delivery) {
  const visitor = await owner(hub);
  const cookie = [...visitor.jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const pages = [
    ["overview", HOME_PATH],
    ["keys", KEYS_PATH],
    ["delivery", delivery],
  ];
  const library = await import(pathToFileURL(packageFile("lighthouse")).href);
  await withBrowser(async (port) => {
    for (const [name, path] of pages) {
      const answer = await visitor.send(path);
      group.equals(`${name} is shown to who is signed in`, answer.status, 200);
      for (const machine of ["phone", "desk"]) await measure(group, library, { name, machine, url: hub.base + path, cookie, port });
    }
  });
}

async function measure(group, library, { name, machine, url, cookie, port }) {
  const flags = { port, output: "json", logLevel: "silent", onlyCategories: CATEGORIES, extraHeaders: { Cookie: cookie } };
  const config = machine === "desk" ? library.desktopConfig : undefined;
  let lhr;
  for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
    ({ lhr } = await library.default(url, flags, config));
    if (lhr.runtimeError === undefined && CATEGORIES.every((category) => scoreOf(lhr, category) >= SCORE_MIN)) break;
  }
  group.equals(`${name} on a ${machine} is measured`, [lhr.runtimeError?.message, lhr.finalDisplayedUrl], [undefined, url]);
  for (const category of CATEGORIES) {
    const score = scoreOf(lhr, category);
    group.holds(`${name} on a ${machine}: ${category}`, score >= SCORE_MIN, `${score} of 100: ${lacking(lhr, category)}`);
  }
  const bytes = Math.round(lhr.audits["total-byte-weight"].numericValue);
  group.holds(`${name} on a ${machine}: what a first visit loads`, bytes <= PAGE_BYTES_MAX, `${bytes} bytes of ${PAGE_BYTES_MAX}`);
  const figures = CATEGORIES.map((category) => `${category} ${scoreOf(lhr, category)}`).join(", ");
  const painted = Math.round(lhr.audits["first-contentful-paint"].numericValue);
  console.log(`  ${name}, ${machine}: ${figures}, ${bytes} bytes, first paint ${painted} ms (simulated)`);
}

/** From 0 to 100. */
function scoreOf(lhr, category) {
  return Math.round((lhr.categories[category]?.score ?? 0) * 100);
}

/** The audits that took something from a score. */
function lacking(lhr, category) {
  const audits = lhr.categories[category]?.auditRefs ?? [];
  const short = audits.map(({ id }) => lhr.audits[id]).filter(({ score }) => score !== null && score < 0.9);
  return short.map(({ id, displayValue }) => `${id} ${displayValue ?? ""}`.trim()).join(", ") || "no audit says why";
}

/** Runs something with a browser that listens to whoever asks at a port of this machine. */
function withBrowser(use) {
  return withFolder(async (folder) => {
    const only = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1";
    const switches = [...SWITCHES, only, "--headless", "--remote-debugging-port=0", `--user-data-dir=${join(folder, "profile")}`];
    const child = spawn(programNamed(BROWSER), [...switches, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
    const ended = new Promise((done) => child.once("exit", done));
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    try {
      return await use(await portOf(child));
    } finally {
      kill();
      // It writes into its folder until it has ended.
      await ended;
      process.off("exit", kill);
    }
  });
}

/** The port that a browser says it listens at. */
function portOf(child) {
  return new Promise((found, failed) => {
    let said = "";
    const timer = setTimeout(() => failed(new Error(`the browser named no port: ${said}`)), BROWSER_MS_MAX);
    child.once("error", failed);
    child.once("exit", () => failed(new Error(`the browser ended: ${said}`)));
    child.stderr.on("data", (text) => {
      said += text;
      const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      found(Number(port));
    });
  });
}

await main();
