// What a first visit costs: bytes on the wire, which have a bound, and the time to the first thing seen, which is printed.
//
// The time is a figure and no test: machines differ, and others work beside us. How much stands behind the pages is chosen by
// `DEVHUB_SPEED_KEYS` and `DEVHUB_SPEED_EVENTS`, each of which is a delivery too.
import { KINDS, visit } from "./browser.mjs";
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
const VISITS = 3;
const SCOPES = "endpoints:read,endpoints:write,events:write,deliveries:read";

/** Visits the pages as a browser with an empty cache does. */
export function speed(report, browser) {
  return report.group("a first visit of every page is small").run((group) =>
    withHub({}, async (hub) => {
      const walk = await Walk.begin(group, browser, hub, KINDS.at(-2));
      try {
        await becomesOwner(walk);
        await issueKeys(hub, Array.from({ length: KEYS }, (_, at) => ({ label: `Shop ${at}`, scopes: ["read"] })));
        const paths = await pages(walk);
        for (const [name, path] of paths) await visits(walk, name, path);
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

async function visits(walk, name, path) {
  const seen = [];
  for (let time = 0; time < VISITS; time += 1) seen.push(await firstVisit(walk, path));
  seen.sort((one, other) => one.paintedMs - other.paintedMs);
  const { bytes, paintedMs, answeredMs } = seen[Math.floor(VISITS / 2)];
  const kib = (bytes / 1024).toFixed(1);
  console.log(`  ${name}: ${kib} KiB, first paint after ${paintedMs.toFixed(0)} ms, answered after ${answeredMs.toFixed(0)} ms`);
  walk.group.holds(`${name}: a first visit is small`, bytes > 0 && bytes <= FIRST_VISIT_BYTES_MAX, `${kib} KiB`);
  walk.group.holds(`${name}: something is painted`, paintedMs > 0, paintedMs);
}

/** In a window of its own, so that nothing is in its cache. */
async function firstVisit(walk, path) {
  const other = await visit(walk.browser, walk.hub, walk.kind);
  try {
    await other.context.addCookies(await walk.context.cookies());
    const answer = await other.page.goto(walk.hub.base + path, { waitUntil: "networkidle" });
    walk.group.equals(`${path} is there`, answer.status(), 200);
    return await other.page.evaluate(() => {
      const loaded = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
      return {
        bytes: loaded.reduce((sum, entry) => sum + entry.transferSize, 0),
        paintedMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
        answeredMs: loaded[0].responseEnd,
      };
    });
  } finally {
    await other.context.close();
  }
}
