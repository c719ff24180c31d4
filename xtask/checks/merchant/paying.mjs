// Payments from the checkout to the webhooks that tell of them.
// @ts-check
import { linksOf } from "../pages/html.mjs";
import { open, pay, press } from "./payer.mjs";
import { group, hubCall, order } from "./run.mjs";
import { complaintAbout } from "./shop.mjs";

/** @typedef {import("./client.mjs").Client} Client */
/** @typedef {import("./run.mjs").Group} Group */
/** @typedef {import("./shop.mjs").Shop} Shop */
/** @typedef {import("./types.d.ts").Payment & { id: number, trx_id: string }} Paid */

// Other than the endpoint's: what is sent to one address must not verify at the other.
export const SECRETS = { "/hook": "whsec_of_the_shop", "/callback": "whsec_of_callbacks", "/callback-of-another": "whsec_of_callbacks" };

/** @param {Client} client @param {Shop} shop */
export async function checkout(client, shop) {
  /** @type {Paid | undefined} */
  let paid;
  const urls = { redirect_url: `${shop.base}/thanks?order=77&status=x`, cancel_url: `${shop.base}/cart`, callback_url: `${shop.base}/callback` };
  await group("checkout", async (g) => {
    const { data: made } = await client.call("POST", "/payments", { body: order("25.00", { ...urls, metadata: { whmcs_invoice_id: "77" } }) });
    await tellSecret(client, urls.callback_url);
    const other = await open(made.checkout_url, "Success");
    const result = await pay(made.checkout_url, "Success");
    g.holds("paying answers with a redirect", result.status === 303 || result.status === 302, result.status);
    const { data } = await client.call("GET", `/payments/${made.payment_id}`);
    g.holds("rule 15: it is completed, with a transaction", data.status === "completed" && data.trx_id !== null && data.id !== null, data);
    const page = await (await fetch(new URL(result.headers.get("location") ?? "", made.checkout_url))).text();
    const expected = new URL(urls.redirect_url);
    expected.searchParams.set("payment_id", made.payment_id);
    expected.searchParams.set("status", "completed");
    const links = linksOf(page).filter((href) => href.startsWith(shop.base));
    const isSame = (/** @type {string} */ href) => [...new URL(href).searchParams].sort().join() === [...expected.searchParams].sort().join();
    g.holds("rule 17: the way back has payment_id and status set, and the rest kept", links.some(isSame), links);

    const again = await press(other);
    const { data: still } = await client.call("GET", `/payments/${made.payment_id}`);
    g.holds("another window is shown what was paid", again.status === 303 && again.headers.get("location")?.endsWith("/result") === true, again.status);
    g.holds("what is paid cannot be paid again", still.trx_id === data.trx_id && still.completed_at === data.completed_at, { data, still });
    g.holds("nor is it told again", (await completions(client, made.payment_id)) === 1, await completions(client, made.payment_id));

    await event(g, shop, made.payment_id);
    await outcomes(g, client, shop, urls);
    paid = /** @type {Paid} */ (data);
  });
  return paid;
}

/**
 * Has what goes to a `callback_url` signed with a secret that the shop knows: payments make its endpoint, and only pages show its secret.
 * @param {Client} client @param {string} url
 */
async function tellSecret(client, url) {
  const { items } = await hubCall(client, "GET", "/endpoints");
  const found = items.find((/** @type {any} */ endpoint) => endpoint.origin === "callback" && endpoint.url === url);
  if (found === undefined) throw new Error(`the payment has made no endpoint: ${JSON.stringify(items)}`);
  // Headers with room for one signature are signed with the oldest: without a grace that is this one.
  await hubCall(client, "POST", `/endpoints/${found.id}/secrets`, { secret: SECRETS["/callback"], grace_s: 0 });
}

/** The event of a payment of 25.00 that was paid. @param {Group} g @param {Shop} shop @param {string} paymentId */
async function event(g, shop, paymentId) {
  const { body, bytes, headers } = await shop.event("payment.completed", (body, path) => path === "/hook" && body.event === "payment.completed" && body.payment_id === paymentId);
  g.holds("rule 12: the fields are flat and in data", body.data.payment_id === paymentId && body.amount === "25.00" && body.data.amount === "25.00", body);
  g.holds("rule 13: data.id is the payment", body.data.id === paymentId && !("id" in body), body);
  g.holds("rule 14: reference is there", body.reference === "77" && body.data.reference === "77", body);
  const metadata = [body.metadata, body.data.metadata].map((one) => JSON.stringify(Object.entries(one).sort()));
  g.holds("rule 14: metadata is the merchant's own, and reference", metadata.every((one) => one === '[["reference","77"],["whmcs_invoice_id","77"]]'), metadata);
  g.holds("rule 15: the event says completed", body.status === "completed" && body.currency === "USD", body);
  g.holds("rule 10: X-Signature is the same with its prefix", headers["x-signature"] === `sha256=${headers["x-ownpay-signature"]}`, headers);
  g.holds("the event has its name in headers", headers["x-ownpay-event"] === "payment.completed" && headers["x-event"] === "payment.completed", headers);
  const refused = [complaintAbout(headers, bytes, SECRETS["/callback"]), complaintAbout(headers, bytes.subarray(1), SECRETS["/hook"])];
  g.holds("rule 10: with another secret or body it does not verify", refused.every((complaint) => complaint === "the signature is another"), refused);
}

/** What else can come of a payment. @param {Group} g @param {Client} client @param {Shop} shop @param {Record<string, string>} urls */
async function outcomes(g, client, shop, urls) {
  const buttons = [
    ["Failure", "failed", "payment.failed"],
    ["Cancellation", "cancelled", "payment.cancelled"],
    ["Cancel and return to Default", "cancelled", "payment.cancelled"],
    ["Expiry", "expired", "payment.failed"],
  ];
  for (const [button, status, name] of buttons) {
    const { data: made } = await client.call("POST", "/payments", { body: order("5.00", urls) });
    const result = await pay(made.checkout_url, button);
    const told = await shop.event(name, (body, path) => path === "/hook" && body.event === name && body.payment_id === made.payment_id);
    const { data: now } = await client.call("GET", `/payments/${made.payment_id}`);
    g.holds(`${button} leads to ${status}, told as ${name}`, now.status === status && told.body.status === status, { now, told: told.body });
    if (!button.startsWith("Cancel and")) continue;
    const way = result.headers.get("location");
    g.holds("§3.7: cancelling leads back at once", way === `${urls.cancel_url}?payment_id=${made.payment_id}&status=cancelled`, way);
  }
}

/** What each address was told. @param {Client} client @param {Shop} shop @param {Paid} paid */
export async function callbacks(client, shop, paid) {
  await group("callbacks", async (g) => {
    const { data: other } = await client.call("POST", "/payments", { body: order("6.00", { callback_url: `${shop.base}/callback-of-another` }) });
    await pay(other.checkout_url, "Success");
    await shop.event("an event at a second callback_url, signed as at the first", (body, path) => path === "/callback-of-another" && body.payment_id === other.payment_id);
    const { data: silent } = await client.call("POST", "/payments", { body: order("7.00") });
    await pay(silent.checkout_url, "Success");
    await shop.event("payment.completed", (body, path) => path === "/hook" && body.payment_id === silent.payment_id);

    // Everything that the endpoint was told of payments with a callback_url was told there too, once and byte by byte.
    const at = (/** @type {string} */ path) => shop.events.filter((event) => event.path === path);
    const named = new Set(at("/callback").map(({ body }) => body.payment_id));
    g.holds("payments that name it are told there", named.size === 5 && named.has(paid.payment_id), [...named]);
    g.holds("payments that name another or none are not", !named.has(other.payment_id) && !named.has(silent.payment_id), [...named]);
    for (const { body, bytes } of at("/hook").filter(({ body }) => named.has(body.payment_id))) {
      await shop.event(`${body.event} at the callback_url`, ({ event_id }, path) => path === "/callback" && event_id === body.event_id);
      const told = at("/callback").filter((event) => event.body.event_id === body.event_id);
      g.holds(`${body.event} comes there once, as it was`, told.length === 1 && told[0].bytes.equals(bytes), told.length);
    }
    const names = at("/callback").filter(({ body }) => body.payment_id === paid.payment_id).map(({ body }) => body.event);
    g.holds("payment and refunds are told there", names.includes("payment.completed") && names.filter((name) => name === "refund.completed").length === 2, names);
  });
}

/** How often a payment was said to be completed, by what the hub has accepted. @param {Client} client @param {string} paymentId */
async function completions(client, paymentId) {
  const { items } = await hubCall(client, "GET", "/events?limit=100");
  const completed = items.filter((/** @type {any} */ event) => event.event_type === "payment.completed");
  const whole = await Promise.all(completed.map((/** @type {any} */ { id }) => hubCall(client, "GET", `/events/${id}`)));
  return whole.filter(({ payload }) => payload.payment_id === paymentId).length;
}
