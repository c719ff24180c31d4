// What an integrator does with the sandbox: creates payments by the API, pays them as a payer, comes back to the shop, and sees in the hub
// what receivers were told.
import { send } from "../http.mjs";
import { Receiver } from "../receiver.mjs";
import { Shop } from "../shop.mjs";
import { VIEWER } from "./people.mjs";

const GATEWAYS_PATH = "/admin/gateways";
const DELIVERIES_PATH = "/admin/developer/deliveries";
/** What the shop calls its orders: somebody may have chosen that. */
const REFERENCE = `Order "77" <img src=x onerror=alert(1)>`;
/** A gateway answers after ten seconds, and a pass looks after it from time to time. */
const SETTLES_MS_MAX = 40_000;
/** A page leads back to the shop after five seconds. */
const LEADS_BACK_MS_MAX = 15_000;

export async function checkout(walk) {
  const [receiver, shop] = [await Receiver.start(), await Shop.start()];
  walk.watch.allow(shop.origin);
  try {
    const merchant = await Merchant.begin(walk, receiver, shop);
    const paid = await pays(walk, merchant, shop);
    await fails(walk, merchant, shop);
    await cancels(walk, merchant, shop);
    await waits(walk, merchant, shop);
    await ends(walk, merchant);
    await refunds(walk, merchant, paid);
    await sees(walk, receiver, paid);
    await switches(walk, merchant);
    await strangers(walk);
  } finally {
    receiver.stop();
    shop.stop();
  }
}

/** A shop's program: it has a key, and an endpoint that is told of everything. */
class Merchant {
  static async begin(walk, receiver, shop) {
    const merchant = new Merchant();
    const words = ["keys", "issue", "--label", "Shop", "--scope", "read,write,endpoints:write", "--json"];
    const { token } = JSON.parse(await walk.hub.command(words));
    Object.assign(merchant, { walk, shop, token });
    const endpoint = { url: receiver.url, description: "Orders", event_types: ["payment.*", "refund.*", "dispute.*"] };
    const made = await merchant.post("/api/hub/v1/endpoints", endpoint);
    walk.group.equals("the shop's endpoint is accepted", made.status, 201);
    return merchant;
  }

  post(path, body) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    return send(this.walk.hub.base + path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async status(id) {
    const headers = { authorization: `Bearer ${this.token}` };
    const answer = await send(`${this.walk.hub.base}/api/v1/payments/${id}`, { headers });
    return JSON.parse(answer.text).data;
  }

  /** A payment, with the path of its checkout. */
  async payment(amount = "10.00") {
    const body = {
      amount,
      currency: "USD",
      reference: REFERENCE,
      redirect_url: `${this.shop.origin}/thanks?order=7&status=old&sig=a%20b+c#part`,
      cancel_url: `${this.shop.origin}/cart?order=7`,
    };
    const answer = await this.post("/api/v1/payments", body);
    this.walk.group.equals("a payment is accepted", answer.status, 201);
    const { payment_id: id, checkout_url: url } = JSON.parse(answer.text).data;
    return { id, path: new URL(url).pathname };
  }
}

/** Notes where the payer came back to, and that the address of the checkout stayed behind. */
function isBack(walk, shop, sentence, expected) {
  const last = shop.visits.filter(({ url }) => url.pathname !== "/favicon.ico").at(-1);
  walk.group.equals(sentence, last && last.url.pathname + last.url.search, expected);
  walk.group.equals(`${sentence}, and does not tell where from`, last?.referer, undefined);
}

async function pays(walk, merchant, shop) {
  const { page, group } = walk;
  const payment = await merchant.payment();
  const answer = await walk.open(payment.path);
  group.matches("the checkout is stored nowhere", await answer.headerValue("cache-control"), /no-store/);
  group.equals("the checkout runs no script", await page.locator("script").count(), 0);
  await walk.see("the checkout says what is paid", page.getByRole("heading", { level: 1, name: "Pay 10.00 USD" }));
  await walk.see("the shop's words are text", page.getByText(REFERENCE));
  group.equals("a gateway is chosen", await page.getByRole("radio", { name: "Test card" }).isChecked(), true);
  await walk.look("checkout");
  const second = await walk.another();
  second.watch.allow(shop.origin);
  await second.open(payment.path);
  await walk.press("Pay 10.00 USD");
  walk.isAt("who has paid is told so", `${payment.path}/result`);
  await walk.see("the payment is complete", page.getByRole("heading", { level: 1, name: "Payment complete" }));
  await second.press("Pay 10.00 USD");
  await second.see("a second window is told so too", second.page.getByRole("heading", { level: 1, name: "Payment complete" }));
  await second.open(`${payment.path}/result?stay=1`);
  await second.look("checkout-paid");
  await second.end();
  await group.does("the shop opens by itself", () => page.waitForURL(/\/thanks/, { timeout: LEADS_BACK_MS_MAX }));
  const expected = `/thanks?order=7&sig=a%20b+c&payment_id=${payment.id}&status=completed`;
  isBack(walk, shop, "the payer comes back with the result", expected);
  group.equals("the fragment is kept", new URL(page.url()).hash, "#part");
  await walk.open(payment.path);
  await walk.see("a paid payment is not paid again", page.getByRole("heading", { level: 1, name: "This payment is paid already" }));
  await walk.look("checkout-paid-already");
  group.equals("the API tells it", (await merchant.status(payment.id)).status, "completed");
  return payment;
}

async function fails(walk, merchant, shop) {
  const { page } = walk;
  const payment = await merchant.payment();
  await walk.open(payment.path);
  await walk.press("Failure");
  await walk.see("the payment has failed", page.getByRole("heading", { level: 1, name: "Payment failed" }));
  await walk.open(`${payment.path}/result?stay=1`);
  await walk.look("checkout-failed");
  await walk.leads("the payer returns", () => page.getByRole("link", { name: /^Return to / }).click());
  isBack(walk, shop, "a failed payment leads to the cart", `/cart?order=7&payment_id=${payment.id}&status=failed`);
}

/** A form's answer that leads to another site: the policy of the page must let it pass. */
async function cancels(walk, merchant, shop) {
  const { page } = walk;
  const payment = await merchant.payment();
  await walk.open(payment.path);
  await walk.leads("cancelling leads on", () => page.getByRole("button", { name: /^Cancel and return/ }).click());
  isBack(walk, shop, "who cancels is at the cart at once", `/cart?order=7&payment_id=${payment.id}&status=cancelled`);
  await walk.open(payment.path);
  await walk.see("it stays cancelled", page.getByRole("heading", { level: 1, name: "Payment cancelled" }));
  await walk.look("checkout-cancelled");
}

/** A gateway that takes its time: by amount, with nothing pressed but "Pay". */
async function waits(walk, merchant, shop) {
  const { page, group } = walk;
  const payment = await merchant.payment("202.00");
  await walk.open(payment.path);
  await walk.press("Pay 202.00 USD");
  await walk.see("the payment is on its way", page.getByRole("heading", { level: 1, name: "The payment is on its way" }));
  const eye = await walk.another();
  await eye.open(`${payment.path}/result?stay=1`);
  await eye.look("checkout-waiting");
  await eye.open(`${payment.path}?other=1`);
  await eye.look("checkout-other");
  await eye.end();
  const complete = page.getByRole("heading", { level: 1, name: "Payment complete" });
  await group.does("the page tells by itself when it is complete", () => complete.waitFor({ timeout: SETTLES_MS_MAX }));
  await group.does("the shop opens by itself then", () => page.waitForURL(/\/thanks/, { timeout: LEADS_BACK_MS_MAX }));
  isBack(walk, shop, "the payer comes back", `/thanks?order=7&sig=a%20b+c&payment_id=${payment.id}&status=completed`);
}

/** The other ends that can be chosen. */
async function ends(walk, merchant) {
  const { page } = walk;
  const all = [["Expiry", "Payment expired"], ["Cancellation", "Payment cancelled"], ["Chargeback", "Payment complete"]];
  for (const [button, heading] of all) {
    const payment = await merchant.payment();
    await walk.open(payment.path);
    await walk.press(button);
    await walk.see(`${button} ends so`, page.getByRole("heading", { level: 1, name: heading }));
    await walk.open(`${payment.path}/result?stay=1`);
    await walk.look(`checkout-${button.toLowerCase()}`);
  }
}

async function refunds(walk, merchant, paid) {
  const { page, group } = walk;
  const { trx_id } = await merchant.status(paid.id);
  const part = await merchant.post("/api/v1/refunds", { trx_id, amount: "4.00", reason: "One item" });
  group.equals("a part can be refunded", part.status, 201);
  const tooMuch = await merchant.post("/api/v1/refunds", { trx_id, amount: "6.01" });
  group.equals("more than the rest cannot", tooMuch.status, 400);
  const rest = await merchant.post("/api/v1/refunds", { trx_id });
  group.equals("the rest can", rest.status, 201);
  await walk.open(paid.path);
  await walk.see("the checkout tells it", page.getByRole("heading", { level: 1, name: "This payment was refunded" }));
  await walk.look("checkout-refunded");
}

/** What receivers were told, in the hub's own log. */
async function sees(walk, receiver, paid) {
  const { page, group } = walk;
  const told = () => receiver.received.map(({ body }) => JSON.parse(body).event);
  const wanted = ["payment.completed", "payment.failed", "payment.cancelled", "payment.pending", "refund.created", "refund.completed"];
  await group.does("the receiver was told of each", async () => {
    for (let times = 0; times < 100; times += 1) {
      if (wanted.every((event) => told().includes(event))) return;
      await page.waitForTimeout(100);
    }
    throw new Error(`it was told ${told().join(", ")}`);
  });
  const ofPaid = receiver.received.map(({ body }) => JSON.parse(body)).filter((event) => event.payment_id === paid.id);
  group.equals("two windows have paid once", ofPaid.filter(({ event }) => event === "payment.completed").length, 1);
  await walk.open(DELIVERIES_PATH);
  for (const event of wanted) await walk.see(`the log tells of ${event}`, walk.rows(event).getByText("Delivered", { exact: true }));
  // Newest first: the oldest is of the payment that the gateway refused, the other of the one that expired.
  const failed = page.getByRole("link", { name: "payment.failed", exact: true }).last();
  await walk.leads("a delivery has its page", () => failed.click());
  await walk.see("the page shows what was sent", page.getByText(`"status":"failed"`).first());
}

/** The page of the gateways: switched off, a gateway is offered to no payer. */
async function switches(walk, merchant) {
  const { page, group } = walk;
  await walk.open("/admin");
  await walk.visitPlace("Payment gateways");
  walk.isAt("the gateways have their page", GATEWAYS_PATH);
  await walk.see("what came through them is listed", walk.rows("Completed").first());
  await walk.look("gateways");
  await walk.follow("Change Test wallet");
  await walk.look("gateway");
  await page.getByLabel("State").selectOption("off");
  await walk.press("Save");
  await walk.see("it is saved", page.getByText("The gateway is saved."));
  await walk.see("it is off", walk.rows("Test wallet").getByText("Off", { exact: true }));
  await walk.follow("Change Test card");
  await page.getByLabel("Payments end").selectOption({ label: "All fail" });
  await walk.press("Save");
  const payment = await merchant.payment();
  await walk.open(payment.path);
  group.equals("one that is off is not offered", await page.getByRole("radio", { name: "Test wallet" }).count(), 0);
  await walk.press("Pay 10.00 USD");
  await walk.see("one that fails fails", page.getByRole("heading", { level: 1, name: "Payment failed" }));
  const eye = await walk.another();
  await eye.signIn(VIEWER);
  await eye.open(GATEWAYS_PATH);
  await eye.lacks("a viewer changes no gateway", eye.page.getByRole("link", { name: /^Change / }));
  await eye.look("gateways-viewer");
  await eye.end();
}

/** Addresses that lead nowhere. */
async function strangers(walk) {
  const { page, group } = walk;
  for (const path of [`/checkout/intent/${"0".repeat(64)}`, "/checkout/intent/nonsense", "/checkout"]) {
    const answer = await walk.open(path);
    group.equals(`${path} is answered 404`, answer.status(), 404);
    await walk.see("a page says so", page.getByRole("heading", { level: 1, name: "There is no such payment" }));
  }
  await walk.look("checkout-unknown");
}
