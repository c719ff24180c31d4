// What a first visit costs: bytes on the wire, which have a bound, and the time to the first thing seen, which is printed.
//
// The time is a figure and no test: machines differ, and others work beside us. How much stands behind the pages is chosen by
// `DEVHUB_SPEED_KEYS` and `DEVHUB_SPEED_EVENTS`, each of which is a delivery too, and how often each is visited by `DEVHUB_SPEED_VISITS`.
import { createServer } from "node:http";

import { KINDS } from "./browser.mjs";
import { send } from "./http.mjs";
import { withHub } from "./hub.mjs";
import { becomesOwner } from "./journey/hostile.mjs";
import { HOME_PATH, KEYS_PATH, Walk, issueKeys } from "./journey/walk.mjs";

const KEYS = Number(process.env.DEVHUB_SPEED_KEYS ?? 60);
const EVENTS = Number(process.env.DEVHUB_SPEED_EVENTS ?? 60);
/** Of the issue of the pages: "a page ≤ 60 KiB compressed in total". */
const FIRST_VISIT_BYTES_MAX = 60 * 1024;
/** The most that one call publishes. */
const EVENTS_A_CALL = 100;
/** Visits of each page; the one in the middle is told. */
const VISITS = Number(process.env.DEVHUB_SPEED_VISITS ?? 3);
/** Shows how much of a visit is the browser's own: its process, its window, its first frame. */
const EMPTY_PAGE = "<!doctype html><title>Empty</title><p>Empty</p>";
const SCOPES = "endpoints:read,endpoints:write,events:write,deliveries:read";

/** Visits the pages as a browser with an empty cache does. */
export function speed(report, browser) {
  return report.group("a first visit of every page is small").run((group) =>
    withHub({}, async (hub) => {
      const walk = await Walk.begin(group, browser, hub, KINDS.at(-2));
      try {
        await becomesOwner(walk);
        await issueKeys(hub, Array.from({ length: KEYS }, (_, at) => ({ label: `Shop ${at}`, scopes: ["read"] })));
        const own = (await pages(walk)).map(([name, path]) => [name, hub.base + path]);
        await withEmptyPage((empty) => visits(walk, [["an empty page, by itself", empty], ...own]));
      } finally {
        await walk.end();
      }
    }),
  );
}

/** Each page with its name. */
async function pages(walk) {
  const { hub, group } = walk;
  const { token } = JSON.parse(await hub.command(["keys", "issue", "--label", "Speed", "--scope", SCOPES, "--json"]));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const post = async (path, body) => {
    const answer = await send(`${hub.base}/api/hub/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
    return JSON.parse(answer.text);
  };
  const endpoint = await post("/endpoints", { url: "https://shop.example/hook", event_types: ["*"] });
  for (let at = 0; at < EVENTS; at += EVENTS_A_CALL) {
    const events = Array.from({ length: Math.min(EVENTS_A_CALL, EVENTS - at) }, (_, next) => ({ event_type: "payment.completed", payload: { at: at + next } }));
    await post("/events/batch", { events });
  }
  const listed = await send(`${hub.base}/api/hub/v1/deliveries?limit=1`, { headers });
  const [delivery] = JSON.parse(listed.text).items;
  group.holds("there is a delivery", delivery !== undefined, listed.text.slice(0, 200));
  await walk.open(KEYS_PATH);
  const key = await walk.page.locator("tbody th a").first().evaluate((link) => link.pathname);
  return [
    ["overview", HOME_PATH],
    ["keys", KEYS_PATH],
    ["key", key],
    ["webhooks", "/admin/developer/webhooks"],
    ["endpoint", `/admin/developer/webhooks/${endpoint.id}`],
    ["event types", "/admin/developer/event-types"],
    ["reference", "/admin/developer/reference/hub"],
    ["deliveries", "/admin/developer/deliveries"],
    ["delivery", `/admin/developer/deliveries/${delivery.id}`],
    ["rate limits", "/admin/rate-limits"],
    ["audit log", "/admin/audit"],
    ["settings", "/admin/workspace"],
    ["operators", "/admin/settings/operators"],
    ["account", "/admin/account"],
  ];
}

/** All pages once, then all again: whatever else the machine does meets each of them alike. */
async function visits(walk, pages) {
  const seen = new Map(pages.map(([name]) => [name, []]));
  for (let time = 0; time < VISITS; time += 1) {
    for (const [name, url] of pages) seen.get(name).push(await firstVisit(walk, url));
  }
  for (const [name, all] of seen) told(walk.group, name, all);
}

function told(group, name, all) {
  const painted = all.map(({ paintedMs }) => paintedMs);
  const answered = all.map(({ answeredMs }) => answeredMs);
  const bytes = Math.max(...all.map((visit) => visit.bytes));
  const kib = (bytes / 1024).toFixed(1);
  console.log(`  ${name}: ${kib} KiB, answered after ${middle(answered)} ms, first paint after ${middle(painted)} ms (${Math.min(...painted)} to ${Math.max(...painted)})`);
  group.holds(`${name}: a first visit is small`, bytes > 0 && bytes <= FIRST_VISIT_BYTES_MAX, `${kib} KiB`);
  group.holds(`${name}: something is painted`, Math.min(...painted) > 0, painted);
}

function middle(all) {
  return [...all].sort((one, other) => one - other)[Math.floor(all.length / 2)];
}

async function withEmptyPage(use) {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(EMPTY_PAGE));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.close();
  }
}

/** In a window of its own, so that nothing is in its cache, and one that is not watched: what watches costs each page some 20 ms. */
async function firstVisit({ browser, context, kind, group }, url) {
  const other = await browser.newContext({ viewport: { width: kind.width, height: kind.height } });
  try {
    await other.addCookies(await context.cookies());
    const page = await other.newPage();
    const answer = await page.goto(url, { waitUntil: "networkidle" });
    group.equals(`${url} is there`, answer.status(), 200);
    return await page.evaluate(() => {
      const loaded = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
      return {
        bytes: loaded.reduce((sum, entry) => sum + entry.transferSize, 0),
        paintedMs: Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0),
        answeredMs: Math.round(loaded[0].responseEnd),
      };
    });
  } finally {
    await other.close();
  }
}
