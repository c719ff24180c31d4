// What only shows while somebody watches: the live log, a resend of many under way, an address that is checked, events that are picked.
import { nameOf } from "../browser.mjs";
import { send } from "../http.mjs";
import { withHub } from "../hub.mjs";
import { Receiver } from "../receiver.mjs";
import { becomesOwner } from "./hostile.mjs";
import { ownTypes } from "./own_types.mjs";
import { OWNER, Walk } from "./walk.mjs";
import { RECEIVING } from "./webhooks.mjs";

const WEBHOOKS_PATH = "/admin/developer/webhooks";
const DELIVERIES_PATH = "/admin/developer/deliveries";
const CATALOG_PATH = "/admin/developer/event-types";
const HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>";
const LOOKS_MAX = 80;
/** More than the one attempt of a batch. */
const MANY = 12;

/** Walks it with one kind of browser, on a hub of its own. */
export function live(report, browser, kind) {
  return report.group(`deliveries that are watched, ${nameOf(kind)}`).run((group) =>
    withHub(RECEIVING, async (hub) => {
      const walk = await Walk.begin(group, browser, hub, kind);
      const receiver = await Receiver.start();
      try {
        await becomesOwner(walk);
        const publish = await publisher(walk);
        await checks(walk);
        await picks(walk, receiver);
        await verifies(walk);
        await catalog(walk);
        await ownTypes(walk);
        await watches(walk, publish);
        await chooses(walk);
        await understands(walk, receiver);
        await resends(walk, receiver, publish);
        await ends(walk);
      } finally {
        receiver.stop();
        await walk.end();
      }
    }),
  );
}

/** A function that publishes an event, for a key of its own; the catalogue has a type besides that nobody wants. */
async function publisher(walk) {
  const { hub, group } = walk;
  const words = ["keys", "issue", "--label", "Watched", "--scope", "events:write,event_types:write", "--json"];
  const { token } = JSON.parse(await hub.command(words));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const post = (path, body) => send(`${hub.base}/api/hub/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const schema = { type: "object", description: HOSTILE, properties: { [HOSTILE]: { type: "string", description: HOSTILE } } };
  const own = await post("event-types", { name: "order.placed", description: HOSTILE, schema, sample: { note: HOSTILE } });
  group.equals("a type of one's own is accepted", `${own.status} ${own.status === 201 ? "" : own.text}`, "201 ");
  return async (event_type) => {
    const answer = await post("events", { event_type, payload: { note: HOSTILE } });
    group.equals(`${event_type} is accepted`, answer.status, 201);
  };
}

/** An address is checked before it is saved. */
async function checks(walk) {
  const { page, kind } = walk;
  await walk.open(`${WEBHOOKS_PATH}/new`);
  await walk.type({ URL: "https://10.0.0.7/hook" });
  if (kind.scripts) {
    const said = page.locator(".url-check [role=status]");
    await page.getByLabel("URL", { exact: true }).blur();
    await walk.see("leaving the field has the address checked", said.filter({ hasText: "This address cannot be an endpoint" }));
    await walk.look("webhook-url-refused");
    await walk.type({ URL: "http://127.0.0.1:9/hook" });
    await page.getByRole("button", { name: "Check address", exact: true }).click();
    await walk.see("the button has it checked too", said.filter({ hasText: "This address can be an endpoint" }));
    await walk.look("webhook-url-fine");
    return;
  }
  await walk.type({ "Description (optional)": "Checked", "More events (optional)": "refund.*" });
  await page.getByText("payment.completed", { exact: true }).click();
  await walk.press("Check address");
  await walk.see("the form says what is wrong with it", page.getByText("This address cannot be an endpoint"));
  await walk.look("webhook-url-page");
  const value = (label) => page.getByLabel(label, { exact: true }).inputValue();
  const kept = [await value("URL"), await value("Description (optional)"), await value("More events (optional)")];
  walk.group.equals("the form has all of it still", kept, ["https://10.0.0.7/hook", "Checked", "refund.*"]);
  walk.group.holds("and the event is ticked", await page.getByLabel("payment.completed", { exact: true }).isChecked(), "it is not");
}

/** Events are searched and ticked by their groups. */
async function picks(walk, receiver) {
  const { page, group, kind } = walk;
  await walk.open(`${WEBHOOKS_PATH}/new?event=payment.completed`);
  const box = (name) => page.getByLabel(name, { exact: true });
  group.holds("the event that was asked for is ticked", await box("payment.completed").isChecked(), "it is not");
  if (kind.scripts) {
    const search = page.getByRole("searchbox", { name: "Search events" });
    await search.fill("refund");
    await walk.lacks("other events are out of sight", page.getByText("payment.completed", { exact: true }));
    await walk.see("how many are left is said", page.getByText(/^[0-9]+ events? ha(s|ve) this/));
    await walk.look("webhook-picker-search");
    await search.press("Enter");
    walk.isAt("Enter does not send the form", `${WEBHOOKS_PATH}/new?event=payment.completed`);
    await search.fill("");
    const all = (does) => page.getByRole("button", { name: `${does} all of payment`, exact: true });
    await all("Select").click();
    group.holds("a group can be ticked at once", await box("payment.failed").isChecked(), "it is not");
    await walk.lacks("the button says what it does now", all("Select"));
    await all("Clear").click();
    group.holds("and cleared", !(await box("payment.completed").isChecked()), "it is not");
    await page.locator("label", { hasText: /^payment\.completed$/ }).click();
    group.holds("and one of it chosen", await box("payment.completed").isChecked(), "it is not");
  }
  await walk.look("webhook-picker");
  await walk.type({ URL: receiver.url, "Description (optional)": "Watched" });
  await walk.press("Add endpoint");
  await walk.follow("I have copied it");
}

/** The programs of the page name the endpoint's own path, and no secret. */
async function verifies(walk) {
  const { page, group } = walk;
  await group.does("the programs open", () => page.getByText("Programs that tell the hub from everybody else").click());
  const shown = page.locator(".snippet:visible textarea, .snippet:visible input");
  group.equals("one program of each scheme is in sight", await shown.count(), 2);
  await group.does("another language can be chosen", () => page.getByText("Python", { exact: true }).first().click());
  group.matches("the program names the path", await page.locator(".snippet.is-python:visible textarea").first().inputValue(), /Receives POST \/hook\./);
  const html = await page.content();
  group.holds("no secret is in a program", !/whsec_[A-Za-z0-9+/]{32,}/.test(html), "one is");
  await walk.look("webhook-verify");
}

/** What can be told, and that nobody wants some of it. */
async function catalog(walk) {
  const { page, group } = walk;
  await walk.open(WEBHOOKS_PATH);
  await walk.follow("Event Catalogue");
  await walk.see("a type that is wanted says by how many", walk.rows("payment.completed").getByText("1 endpoint"));
  await walk.see("one that nobody wants says so", walk.rows("order.placed").getByText("Nobody"));
  await walk.look("event-types");
  await walk.follow("payment.completed");
  await walk.see("the endpoint is named", page.getByRole("link", { name: /127\.0\.0\.1/ }));
  // From the outside in: what stands in a closed part cannot be opened yet.
  const closed = page.locator("main details:not([open]) > summary");
  while ((await closed.count()) > 0) await closed.first().click();
  await walk.see("its fields are told", page.getByText("transaction_id", { exact: true }));
  await walk.look("event-type");
  await walk.open(`${CATALOG_PATH}/order.placed`);
  await walk.see("what somebody wrote is text", page.getByText(HOSTILE).first());
  group.equals("no text has become an element", await page.locator("img[src='x'], script:not([src])").count(), 0);
  await walk.look("event-type-nobody");
  await walk.follow("Add Endpoint");
  group.holds("the form has it ticked", await page.getByLabel("order.placed", { exact: true }).isChecked(), "it is not");
  const missing = await walk.open(`${CATALOG_PATH}/order.nothing`);
  group.equals("a type that is not there is answered 404", missing.status(), 404);
}

/** New deliveries stand on the page without a reload, unless it is paused. */
async function watches(walk, publish) {
  const { page, group, kind } = walk;
  await walk.open(`${DELIVERIES_PATH}?type=payment.completed`);
  if (!kind.scripts) {
    await walk.see("without scripts the page says how to see what is new", page.getByText("Without scripts this list does not grow"));
    return publish("payment.completed");
  }
  const rows = page.locator("#deliveries tbody tr");
  const button = page.locator("[data-tail] button");
  const before = await rows.count();
  await group.does("somebody watches", () => button.click());
  await walk.see("it says that it is live", page.getByText("Live: new deliveries"));
  await publish("payment.completed");
  await counts(walk, "a new delivery stands on the page", rows, before + 1);
  await walk.see("its state changes in its place", rows.first().getByText("Delivered", { exact: true }));
  await walk.look("deliveries-live");
  await group.does("it can be paused", () => button.click());
  await walk.see("it says so", page.getByText("Paused."));
  await publish("payment.completed");
  await page.waitForTimeout(1500);
  group.equals("while it is paused nothing comes", await rows.count(), before + 1);
  await group.does("it goes on", () => button.click());
  await counts(walk, "what came meanwhile is shown", rows, before + 2);
  group.equals("no text has become an element", await page.locator("img[src='x']").count(), 0);
  await button.click();
}

/** The log of a period, which stands in the address and is kept when deliveries are sent again. */
async function chooses(walk) {
  const { page, group } = walk;
  const from = page.getByLabel("Created from");
  const before = page.getByLabel("Created before");
  await walk.open(DELIVERIES_PATH);
  await walk.see("the log says whose time it is in", page.getByText("Times are in UTC."));
  await from.fill("2020-01-31T16:05");
  await before.fill("2020-01-31T16:06");
  await walk.press("Filter");
  group.matches("the period stands in the address", page.url(), /created_from=2020-01-31T16%3A05&created_before=2020-01-31T16%3A06/);
  await walk.see("nothing was made then", page.getByText("No delivery matches"));
  await from.fill("2020-01-31T16:07");
  await walk.press("Filter");
  await walk.see("a period that ends before it begins is told", page.locator("#created_before-error"));
  await walk.look("deliveries-period-error");
  await before.fill("2099-01-31T16:05");
  await walk.press("Filter");
  group.holds("what was made in it is listed", (await page.locator("#deliveries tbody tr").count()) > 0, "nothing is");
  group.equals("what was chosen stays", await before.inputValue(), "2099-01-31T16:05");
  await walk.look("deliveries-period");
  await walk.follow("Send All of These Again");
  group.equals("it is kept when they are sent again", await page.getByLabel("Accepted before").inputValue(), "2099-01-31T16:05");
}

async function counts(walk, sentence, rows, expected) {
  for (let looks = 0; looks < LOOKS_MAX && (await rows.count()) !== expected; looks += 1) await walk.page.waitForTimeout(100);
  walk.group.equals(sentence, await rows.count(), expected);
}

/** The story of a delivery, and its request as a command. */
async function understands(walk, receiver) {
  const { page, group } = walk;
  await walk.open(`${DELIVERIES_PATH}?type=payment.completed`);
  await walk.follow("payment.completed", page.locator("tbody tr").first());
  await walk.see("the story begins with the event", page.locator(".timeline li").first());
  const command = page.getByLabel(/curl/i).first();
  group.matches("the request can be sent by hand", await command.inputValue(), new RegExp(receiver.url.replaceAll(".", "\\.")));
  group.holds("no secret is in it", !/whsec_[A-Za-z0-9+/]{32,}/.test(await command.inputValue()), "one is");
  await walk.look("delivery-story");
}

/** Many deliveries are sent again, and how far that has come. */
async function resends(walk, receiver, publish) {
  const { page, group } = walk;
  const before = receiver.received.length;
  for (let number = 0; number < MANY; number += 1) await publish("payment.completed");
  await reaches(walk, "each was sent", receiver, before + MANY);
  await walk.open("/admin/developer/resends/new");
  await page.getByLabel("Endpoint", { exact: true }).selectOption({ label: await labelOf(page) });
  await page.getByLabel("Status", { exact: true }).selectOption({ label: "Delivered" });
  await walk.press("Count");
  await walk.look("resend-counted");
  const begins = page.locator("section").filter({ hasText: "sent again in the order" }).getByRole("button");
  await walk.leads("they are sent again", () => begins.click());
  await walk.see("its page says how far it has come", page.getByRole("progressbar"));
  group.matches("and to who only hears it", (await page.locator("[data-refresh-said]").allTextContents()).join(), /^([0-9]+ % of [0-9]+ deliveries looked at\.)?$/);
  await walk.look("resend-job");
  await reaches(walk, "each was sent again", receiver, before + 2 * MANY);
  for (let looks = 0; looks < LOOKS_MAX && (await page.getByText("Done", { exact: true }).count()) === 0; looks += 1) {
    // With scripts the page does it by itself.
    if (!walk.kind.scripts) await page.reload();
    await page.waitForTimeout(200);
  }
  await walk.see("at its end it says so", page.getByText("Done", { exact: true }));
  await walk.look("resend-finished");
  group.holds("what was sent is counted", (await page.getByRole("progressbar").getAttribute("value")) !== "0", "nothing is");
}

/** What the endpoint of this journey is called in the form. */
function labelOf(page) {
  return page.getByLabel("Endpoint", { exact: true }).locator("option").nth(1).textContent();
}

async function reaches(walk, sentence, receiver, expected) {
  for (let looks = 0; looks < LOOKS_MAX && receiver.received.length < expected; looks += 1) await walk.page.waitForTimeout(100);
  walk.group.holds(sentence, receiver.received.length >= expected, `${receiver.received.length} of ${expected}`);
}

/** Whoever is signed out sees nothing more. */
async function ends(walk) {
  if (!walk.kind.scripts) return;
  const eye = await walk.another();
  await eye.signIn(OWNER);
  await eye.open(DELIVERIES_PATH);
  await eye.page.locator("[data-tail] button").click();
  await eye.see("another browser watches", eye.page.getByText("Live: new deliveries"));
  await walk.open("/admin/account");
  await walk.confirm({ link: "End all other sessions", heading: "End all other sessions?", button: "End sessions" });
  await eye.see("its live view ends with its session", eye.page.getByText("Your session has ended"));
  await eye.look("deliveries-ended");
  await eye.end();
}
