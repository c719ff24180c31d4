// What a developer does with webhooks: adds an endpoint, tests it, sees its secret once more, and sends again what has failed.
import { send } from "../http.mjs";
import { Receiver } from "../receiver.mjs";
import { NEW_PASSWORD, VIEWER } from "./people.mjs";

const WEBHOOKS_PATH = "/admin/developer/webhooks";
const DELIVERIES_PATH = "/admin/developer/deliveries";
const DESCRIPTION = "Order fulfilment";
const SECRET = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/;
/** A page that is answered by a stranger: it must be shown, and nothing else. */
const HOSTILE = "</pre><img src=x onerror=alert(1)><script>alert(1)</script>";
const RELOADS_MAX = 50;

/** What a hub must allow so that a receiver on this machine gets anything. */
export const RECEIVING = { "webhooks.allow_http": "true", "webhooks.allow_networks": "127.0.0.0/8" };

export async function webhooks(walk) {
  const receiver = await Receiver.start();
  try {
    const secret = await adds(walk, receiver);
    await tests(walk, receiver);
    await reveals(walk, secret);
    await rotates(walk, receiver);
    await resends(walk, receiver);
    await edits(walk, receiver);
    await looksOnly(walk, receiver);
    await deletes(walk, receiver);
  } finally {
    receiver.stop();
  }
}

/** An endpoint is refused, then added; its secret. */
async function adds(walk, receiver) {
  const { page, group } = walk;
  await walk.open("/admin/developer");
  await walk.follow("Webhooks", page.getByRole("navigation", { name: "Developer Hub" }));
  await walk.see("a hub without endpoints says so", page.getByText("No webhook endpoints yet"));
  await walk.look("webhooks-empty");
  await walk.follow("Add Endpoint");
  await walk.look("webhook-new");
  await walk.type({ URL: "https://10.0.0.7/hook", "Description (optional)": DESCRIPTION });
  const refused = await walk.press("Add endpoint");
  group.equals("an endpoint without events is answered 422", refused.status(), 422);
  await walk.type({ "More events (optional)": "refund.*" });
  const blocked = await walk.press("Add endpoint");
  group.equals("an address inside the network is answered 422", blocked.status(), 422);
  await walk.see("the rule is told at the address", page.locator("#url-error").filter({ hasText: "10.0.0.7" }));
  group.equals("what was typed stays", await page.getByLabel("More events").inputValue(), "refund.*");
  await walk.look("webhook-error");
  await walk.type({ URL: receiver.url });
  await page.getByText("payment.completed", { exact: true }).click();
  const answer = await walk.press("Add endpoint");
  group.matches("the answer is stored nowhere", await answer.headerValue("cache-control"), /no-store/);
  const secret = await page.getByRole("textbox", { name: "Signing secret" }).inputValue();
  group.holds("the secret has its shape", SECRET.test(secret), `${secret.length} characters of another shape`);
  await walk.look("webhook-added");
  await walk.follow("I have copied it");
  await walk.see("the endpoint has its page", page.getByRole("heading", { level: 1, name: receiver.url }));
  await lacksText(walk, "its page does not show the secret", secret);
  return secret;
}

/** Whether a text stands nowhere in the page's source. */
async function lacksText(walk, sentence, text) {
  const html = await walk.page.content();
  walk.group.holds(sentence, !html.includes(text), "it does");
}

/** A test is sent, and all of it shown. */
async function tests(walk, receiver) {
  const { page, group } = walk;
  await walk.look("webhook");
  await walk.follow("Send Test");
  await walk.look("webhook-test");
  receiver.answer = { status: 201, body: HOSTILE };
  await page.getByLabel("Event type").selectOption("payment.completed");
  const answer = await walk.press("Send test");
  group.equals("a test is answered with its attempt", answer.status(), 200);
  const attempt = walk.section("What came of it");
  await walk.see("it says what was answered", attempt.getByText("201", { exact: true }));
  await walk.see("what the receiver wrote is text", attempt.getByText("alert(1)").first());
  const last = receiver.received.at(-1);
  group.matches("the receiver got it, signed", last?.headers["webhook-signature"], /^v1,/);
  group.holds("the request is shown byte for byte", (await attempt.locator("pre").allTextContents()).includes(last?.body));
  await walk.look("webhook-tested");
}

/** The password is asked for once more; then the secret is shown. */
async function reveals(walk, secret) {
  const { page, group } = walk;
  await walk.follow("Back to the endpoint");
  const endpoint = new URL(page.url()).pathname;
  await walk.open(`/admin/confirm-password?next=${encodeURIComponent(endpoint)}`);
  await walk.look("confirm-password");
  await walk.type({ Password: "not the password" });
  const wrong = await walk.press("Confirm password");
  group.equals("a wrong password is answered 422", wrong.status(), 422);
  await walk.look("confirm-password-wrong");
  await walk.type({ Password: NEW_PASSWORD });
  await walk.press("Confirm password");
  walk.isAt("the right one leads on", endpoint);
  const link = await page.getByRole("link", { name: /^Show whs_/ }).first().getAttribute("aria-label");
  await walk.confirm({ link, heading: "Show this signing secret?", button: "Show secret", state: "webhook-secret-ask" });
  const shown = await page.getByRole("textbox", { name: "Signing secret" }).inputValue();
  group.holds("it is the secret of before", shown === secret, "it is another");
  await walk.look("webhook-secret");
  await walk.leads("the page is loaded again", () => page.reload().catch(() => page.goto(walk.hub.base + endpoint)));
  if (walk.kind.scripts) await lacksText(walk, "a page that is loaded again does not show the secret", secret);
  await walk.open(endpoint);
}

/** Another secret takes the place of the first, which is retired. */
async function rotates(walk, receiver) {
  const { page, group } = walk;
  await walk.follow("Rotate Secret");
  await walk.look("webhook-rotate");
  await walk.press("Rotate secret");
  await walk.see("the new secret is shown", page.getByRole("heading", { level: 1, name: "Signing secret rotated" }));
  await walk.follow("I have copied it");
  const grace = walk.rows("In its grace");
  await walk.see("the old secret is in its grace", grace);
  await walk.look("webhook-rotated");
  const link = await grace.getByRole("link", { name: /^Retire / }).getAttribute("aria-label");
  await walk.confirm({ link, heading: "Retire this signing secret?", button: "Retire secret", state: "webhook-retire" });
  await walk.see("the page says that it is retired", page.getByText("The secret is retired."));
  group.equals("one secret is left", await page.getByRole("link", { name: /^Show whs_/ }).count(), 1);
  group.equals("nothing was sent meanwhile", receiver.received.length, 1);
}

/** A delivery fails, is looked at, and is sent again. */
async function resends(walk, receiver) {
  const { page, group } = walk;
  receiver.answer = { status: 503, body: HOSTILE };
  await publishes(walk);
  await walk.open(DELIVERIES_PATH);
  await reloadsUntil(walk, "the first attempt has failed", page.getByText("503", { exact: true }));
  await walk.look("deliveries");
  await walk.follow("payment.completed");
  await walk.see("the delivery waits", page.getByText("It waits for its next attempt."));
  await walk.see("its answer is text", page.getByText("alert(1)").first());
  await walk.look("delivery-waiting");
  await walk.follow(receiver.url);
  await walk.see("the endpoint says that it fails", page.getByText("This endpoint fails"));
  await walk.look("webhook-failing");
  await walk.follow("payment.completed");
  receiver.answer = { status: 200, body: "thank you" };
  await walk.press("Send again");
  await walk.see("the page says so", page.getByText("The delivery is sent again."));
  await reloadsUntil(walk, "it was taken", page.getByText("Delivered", { exact: true }));
  await walk.look("delivery");
  await walk.follow("Attempt 1");
  await walk.see("the attempt of before is shown", page.getByRole("heading", { name: "Attempt 1", exact: true }));
  await walk.open(DELIVERIES_PATH);
  await page.getByLabel("Status").selectOption({ label: "Exhausted" });
  await walk.press("Filter");
  group.matches("the filter stands in the address", page.url(), /status=exhausted/);
  await walk.see("a filter that leaves nothing says so", page.getByText("No delivery matches"));
  await walk.look("deliveries-nothing");
  await walk.open(`${DELIVERIES_PATH}?event=nonsense`);
  await walk.look("deliveries-error");
}

async function publishes(walk) {
  const words = ["keys", "issue", "--label", "Publisher", "--scope", "events:write", "--json"];
  const { token } = JSON.parse(await walk.hub.command(words));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ event_type: "payment.completed", payload: { note: HOSTILE, amount: "10.00" } });
  const answer = await send(`${walk.hub.base}/api/hub/v1/events`, { method: "POST", headers, body });
  walk.group.equals("an event is accepted", answer.status, 201);
}

/** Loads the page again and again until something stands on it. */
async function reloadsUntil(walk, sentence, locator) {
  await walk.group.does(sentence, async () => {
    for (let times = 0; times < RELOADS_MAX; times += 1) {
      if ((await locator.count()) > 0) return;
      await walk.page.reload();
      await walk.page.waitForTimeout(100);
    }
    throw new Error(`not after ${RELOADS_MAX} looks`);
  });
}

async function edits(walk, receiver) {
  const { page, group } = walk;
  await walk.open(WEBHOOKS_PATH);
  await walk.see("the list says how it does", walk.rows(DESCRIPTION).getByText("Healthy"));
  await walk.look("webhooks");
  await walk.follow(`Edit ${receiver.url}`);
  group.equals("what it is is filled in", await page.getByLabel("More events").inputValue(), "refund.*");
  await walk.look("webhook-edit");
  await page.getByLabel("Status").selectOption("paused");
  await walk.press("Save");
  await walk.see("it is saved", page.getByText("The endpoint is saved."));
  await walk.see("it is paused", page.getByText("Paused", { exact: true }).first());
  await walk.confirm({ link: `Resume ${receiver.url}`, heading: `Resume ${DESCRIPTION}?`, button: "Resume endpoint" });
  await walk.see("it is resumed", page.getByText("The endpoint is resumed."));
}

/** Who may only look sees all of it and no form. */
async function looksOnly(walk, receiver) {
  const eye = await walk.another();
  await eye.signIn(VIEWER);
  await eye.open(WEBHOOKS_PATH);
  await eye.lacks("a viewer adds no endpoint", eye.page.getByRole("link", { name: /^(Add|Edit|Pause|Delete)/ }));
  await eye.look("webhooks-viewer");
  await eye.follow(receiver.url);
  await eye.lacks("a viewer changes no endpoint", eye.page.getByRole("link", { name: /^(Send Test|Edit|Pause|Delete|Rotate|Show whs)/ }));
  await eye.look("webhook-viewer");
  await eye.follow("payment.completed");
  await eye.lacks("a viewer sends nothing again", eye.page.getByRole("button", { name: "Send again" }));
  await eye.look("delivery-viewer");
  await eye.end();
}

async function deletes(walk, receiver) {
  const { page } = walk;
  const heading = `Delete ${DESCRIPTION}?`;
  await walk.confirm({ link: `Delete ${receiver.url}`, heading, button: "Delete endpoint", state: "webhook-delete" });
  walk.isAt("a deleted endpoint leads to the list", WEBHOOKS_PATH);
  await walk.see("the page says that it is deleted", page.getByText("The endpoint is deleted."));
}
