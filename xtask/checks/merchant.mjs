// Drives every resource of OwnPay's merchant API as its Node SDK does: a whole checkout, refunds, customers, keys, webhooks; what is refused
// and how often it is tried again; the shapes of all answers. The client in `merchant/client.mjs` is written from the wire contract, its
// types are in `merchant/types.d.ts`, and TypeScript's own compiler holds the client, the shapes and all calls here to them.
// @ts-check
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";

import { Client, kindOf } from "./merchant/client.mjs";
import { pay } from "./merchant/payer.mjs";
import { callbacks, checkout, SECRETS } from "./merchant/paying.mjs";
import { failure, group, hubCall, isShaped, order, report } from "./merchant/run.mjs";
import { Shop } from "./merchant/shop.mjs";
import { build, finished, ROOT, withHub } from "./pages/hub.mjs";

/** @typedef {import("./merchant/paying.mjs").Paid} Paid */
/** @typedef {{ base: string, command(words: string[]): Promise<string>, addOperator(email: string, role: string, password: string): Promise<string> }} RunningHub */

const OWNER = "owner@example.com";
const SCOPES = "read,write,admin,endpoints:read,endpoints:write,events:read,limits:write,keys:read,keys:write";

/** @param {Client} client @param {RunningHub} hub */
async function health(client, hub) {
  await group("health", async (g) => {
    const { data, headers } = await client.call("GET", "/health");
    isShaped(g, "health", data);
    g.holds("§2.1: the content type has its charset", headers.get("content-type") === "application/json; charset=UTF-8", headers.get("content-type"));
    const bare = await fetch(`${hub.base}/api/v1/health`);
    g.holds("without a key it answers too", bare.status === 200 && (await bare.json()).success === true, bare.status);
  });
}

/** @param {Client} client */
async function payments(client) {
  await group("payments", async (g) => {
    for (const path of /** @type {const} */ (["/payments", "/payment-intents"])) {
      const made = await client.call("POST", path, { body: order("10.00", { customer_mail: "a@example.com", logo_url: "x", metadata: { cart: 7 } }) });
      g.holds(`rule 3: POST ${path} answers 201`, made.status === 201, made.status);
      isShaped(g, "createdPayment", made.data);
      const { data } = await client.call("GET", `${path}/${made.data.payment_id}`);
      isShaped(g, "payment", data);
      g.holds("it is what was asked for", data.amount === "10.00" && data.currency === "USD" && data.reference === "77", data);
    }
    const asNumber = await client.call("POST", "/payments", { bytes: '{"amount":10.5,"currency":"usd"}' });
    const read = await client.call("GET", `/payments/${asNumber.data.payment_id}`);
    g.holds("rule 6: a number becomes a text with two places", read.data.amount === "10.50" && read.data.currency === "USD", read.data);
    for (const amount of ["0", "-1.00", "1e3", "10.001", "99999999999999999.00", "NaN", "", " 1", "1,00", "0x10", "Infinity", "+1", null]) {
      const refused = await failure(client.call("POST", "/payments", { body: order(amount) }));
      const isTold = refused.status === 422 && refused.code === "INVALID_AMOUNT" && "amount" in refused.byField;
      g.holds(`the amount ${JSON.stringify(amount)} is refused by name`, isTold, refused.body);
    }
    const all = await failure(client.call("POST", "/payments", { body: { currency: "XXZ", callback_url: "ftp://x", redirect_url: "javascript:alert(1)", cancel_url: 7 } }));
    const fields = Object.keys(all.byField).sort();
    g.holds("§2.5: all problems are told at once", fields.join() === "amount,callback_url,cancel_url,currency,redirect_url", fields);
    g.holds("§2.5: error is the first of them", all.body?.error === all.body?.errors[0].message, all.body);
    const unknown = await failure(client.call("GET", `/payments/${randomUUID()}`));
    g.holds("a payment that is not there is PAYMENT_NOT_FOUND", unknown.status === 404 && unknown.code === "PAYMENT_NOT_FOUND", unknown.body);
    const noId = await failure(client.call("GET", "/payments/12"));
    g.holds("no UUID is INVALID_PAYMENT_ID", noId.status === 422 && noId.code === "INVALID_PAYMENT_ID", noId.body);
  });
}

/** @param {Client} client @param {Paid} paid */
async function transactions(client, paid) {
  await group("transactions", async (g) => {
    const { items, meta } = await client.list("/transactions?per_page=1");
    g.holds("a page has as many as were asked for", items.length === 1 && meta.per_page === 1 && meta.page === 1 && meta.total_pages === meta.total, meta);
    for (const item of (await client.list("/transactions?per_page=100")).items) isShaped(g, "transaction", item);
    const beyond = await client.list("/transactions?page=999&per_page=1");
    g.holds("§2.1: a page past the end is the last page", beyond.meta.page === meta.total_pages, beyond.meta);
    const none = await client.list("/transactions?status=refunded&from=2020-01-01&to=2020-01-02");
    g.holds("§2.1: total_pages is 1 when there is nothing", none.items.length === 0 && none.meta.total_pages === 1, none.meta);
    const { data } = await client.call("GET", `/transactions/${paid.trx_id}`);
    isShaped(g, "transaction", data);
    const byGateway = await client.call("GET", `/transactions/${encodeURIComponent(data.gateway_trx_id)}`);
    g.holds("§2.7: it is found by the gateway's name too", byGateway.data.trx_id === paid.trx_id, byGateway.data);
    const lists = async (/** @type {string} */ from, /** @type {string} */ to) => {
      const query = new URLSearchParams({ status: "completed", from, to, per_page: "100" });
      return (await client.list(`/transactions?${query}`)).items.some((item) => item.trx_id === paid.trx_id);
    };
    const [made, day] = [data.created_at, data.created_at.slice(0, 10)];
    const moved = (/** @type {number} */ ms) => new Date(Date.parse(made) + ms).toISOString();
    g.holds("§2.7: days are understood", (await lists(day, day)) && !(await lists("2020-01-01", "2020-01-02")), day);
    g.holds("§2.7: instants are understood, and belong to the list", await lists(made, made), made);
    g.holds("§2.7: what is later than to is left out", !(await lists(day, moved(-1))), moved(-1));
    g.holds("§2.7: what is earlier than from is left out", !(await lists(moved(1), day)), moved(1));
    const unknown = await failure(client.call("GET", "/transactions/OP-0000000000"));
    g.holds("an unknown one is TRANSACTION_NOT_FOUND", unknown.code === "TRANSACTION_NOT_FOUND" && unknown.kind === "NotFoundError", unknown.body);
  });
}

/** @param {Client} client @param {Shop} shop @param {Paid} paid */
async function refunds(client, shop, paid) {
  await group("refunds", async (g) => {
    const { status, data } = await client.call("POST", "/refunds", { body: { trx_id: paid.trx_id, amount: "10.00", reason: "broken" } });
    g.holds("rule 3: a refund answers 201", status === 201, status);
    isShaped(g, "refund", data);
    const told = await shop.event("refund.completed", (body, path) => path === "/hook" && body.event === "refund.completed" && body.payment_id === paid.payment_id);
    g.holds("rule 16: it never says completed", told.body.status === "refunded" && told.body.refund_status === "completed" && told.body.amount === "10.00", told.body);
    const over = await failure(client.call("POST", "/refunds", { body: { transaction_id: String(paid.id), amount: "15.01" } }));
    g.holds("§2.8: more than is left is refused", over.status === 400 && over.code === "INVALID_REFUND_PARAMETERS", over.body);
    const nothing = await failure(client.call("POST", "/refunds", { body: {} }));
    g.holds("§2.8: no transaction is refused by name", nothing.code === "TRANSACTION_ID_REQUIRED" && "transaction_id" in nothing.byField, nothing.body);
    const rest = await client.call("POST", "/refunds", { body: { transaction_id: paid.id } });
    g.holds("§2.8: without an amount it is all that is left", rest.data.amount === "15.00", rest.data);
    const again = await failure(client.call("POST", "/refunds", { body: { trx_id: paid.trx_id } }));
    g.holds("§2.8: nothing is left", again.code === "INVALID_REFUND_PARAMETERS", again.body);
    const { items } = await client.list(`/refunds?trx_id=${paid.trx_id}`);
    g.holds("both are listed, newest first", items.map((refund) => refund.amount).join() === "15.00,10.00", items);
    const newest = await client.call("GET", `/refunds/${paid.trx_id}`);
    g.holds("§2.8: the newest is found by its transaction", newest.data.uuid === rest.data.uuid, newest.data);
    const { data: now } = await client.call("GET", `/payments/${paid.payment_id}`);
    g.holds("§3.3: what was paid back whole is refunded", now.status === "refunded", now);
    const race = await client.call("POST", "/payments", { body: order("32.00") });
    await pay(race.data.checkout_url, "Success");
    const { data: target } = await client.call("GET", `/payments/${race.data.payment_id}`);
    const outcomes = await Promise.allSettled(Array.from({ length: 32 }, () => client.call("POST", "/refunds", { body: { trx_id: target.trx_id, amount: "32.00" } })));
    const won = outcomes.filter((outcome) => outcome.status === "fulfilled").length;
    const lost = outcomes.filter((outcome) => outcome.status === "rejected" && outcome.reason.code === "INVALID_REFUND_PARAMETERS").length;
    g.holds("of 32 refunds of the whole amount at once exactly one succeeds", won === 1 && lost === 31, { won, lost });
  });
}

/** @param {Client} client */
async function customers(client) {
  await group("customers", async (g) => {
    const phone = "+8801712345678";
    const made = await client.call("POST", "/customers", { body: { name: "F L", email: "F.L@Example.com", phone } });
    g.holds("§2.9: 201 with id and uuid", made.status === 201 && Object.keys(made.data).sort().join() === "id,uuid", made.data);
    for (const name of [encodeURIComponent("f.l@example.com"), "F.L@Example.com", encodeURIComponent(phone), phone, made.data.uuid]) {
      const { data } = await client.call("GET", `/customers/${name}`);
      isShaped(g, "customer", data);
      g.holds(`rule 9: ${name} is found`, data.uuid === made.data.uuid, data);
    }
    const twice = await failure(client.call("POST", "/customers", { body: { name: "G", email: " f.l@example.com " } }));
    g.holds("§2.9: the same address is CUSTOMER_EXISTS", twice.status === 409 && twice.code === "CUSTOMER_EXISTS" && "email" in twice.byField, twice.body);
    for (const name of ["A", "B"]) g.holds("weakness 30: two customers may have no address", (await client.call("POST", "/customers", { body: { name } })).status === 201);
    const unnamed = await failure(client.call("POST", "/customers", { body: { email: "x@example.com" } }));
    g.holds("§2.9: a customer has a name", unnamed.status === 422 && unnamed.code === "NAME_REQUIRED", unnamed.body);
    for (const item of (await client.list("/customers?per_page=100")).items) isShaped(g, "listedCustomer", item);
  });
}

/** @param {Client} client @param {RunningHub} hub */
async function keys(client, hub) {
  await group("keys", async (g) => {
    const asOwner = { headers: { "X-Super-Admin-Email": OWNER } };
    const { data: made, status } = await client.call("POST", "/api-keys", { body: { name: "Shop", scopes: ["read"] }, ...asOwner });
    g.holds("§2.10: 201 with key, prefix, warning", status === 201 && /^op_[0-9a-f]{8}\.[0-9a-f]{48}$/.test(made.key) && made.key.startsWith(`op_${made.prefix}.`) && made.warning !== "", made.prefix);
    const { data: listed } = await client.call("GET", "/api-keys", asOwner);
    for (const item of listed) isShaped(g, "apiKey", item);
    const reader = new Client(hub.base, made.key);
    g.holds("it may read", (await reader.call("GET", "/transactions")).status === 200);
    const denied = await failure(reader.call("POST", "/payments", { body: order() }));
    g.holds("§1.5: it may not write", denied.kind === "PermissionError" && denied.code === "INSUFFICIENT_SCOPE", denied.body);
    const found = listed.find((item) => item.prefix === made.prefix);
    if (found === undefined) throw new Error("the key is not listed");
    const revoked = await client.call("DELETE", `/api-keys/${found.id}`, asOwner);
    g.holds("rule 1: DELETE answers 200 with a body", revoked.status === 200 && revoked.data.message === "Key revoked", revoked.data);
    const refused = await failure(reader.call("GET", "/transactions"));
    g.holds("§1.5: a revoked key is refused, once", refused.kind === "AuthenticationError" && refused.code === "INVALID_API_KEY" && refused.tries === 1, refused.body);
    const gone = await failure(client.call("DELETE", `/api-keys/${found.id}`, asOwner));
    g.holds("§2.10: what is revoked is KEY_NOT_FOUND", gone.code === "KEY_NOT_FOUND", gone.body);
    const unnamed = await failure(client.call("GET", "/api-keys"));
    g.holds("§2.10: the administrator is asked for", unnamed.status === 400 && unnamed.code === "SUPER_ADMIN_EMAIL_REQUIRED", unnamed.body);
    const stranger = await failure(client.call("GET", "/api-keys", { headers: { "X-Super-Admin-Email": "nobody@example.com" } }));
    g.holds("§2.10: nobody else will do", stranger.status === 403 && stranger.code === "INVALID_SUPER_ADMIN", stranger.body);
    const scopes = await failure(client.call("POST", "/api-keys", { body: { scopes: ["everything"] }, ...asOwner }));
    g.holds("§2.10: unknown scopes are INVALID_SCOPES", scopes.status === 422 && scopes.code === "INVALID_SCOPES", scopes.body);
  });
}

/** @param {Client} client @param {Shop} shop */
async function webhooks(client, shop) {
  await group("webhooks", async (g) => {
    for (const bytes of ["", "[]", "{}"]) {
      const { data, status } = await client.call("POST", "/webhooks/tests", { bytes });
      g.holds(`rule 7: ${bytes || "nothing"} tests the endpoint`, status === 200 && data.status_code === 200 && Number.isInteger(data.response_time_ms), data);
    }
    await shop.event("webhook.test", (body, path) => path === "/hook" && body.event === "webhook.test");
    const { data } = await client.call("GET", "/webhooks/deliveries");
    g.holds("§2.11: deliveries are a list", Array.isArray(data) && data.length > 0 && data.length <= 50, data);
    for (const item of data) isShaped(g, "delivery", item);
  });
}

/** @param {Client} client */
async function repetitions(client) {
  await group("repetitions", async (g) => {
    const idempotencyKey = randomUUID();
    const first = await client.call("POST", "/payments", { body: order(), idempotencyKey });
    const second = await client.call("POST", "/payments", { body: order(), idempotencyKey });
    g.holds("§2.12: the same request is answered alike", second.status === 201 && second.data.payment_id === first.data.payment_id, second.data);
    g.holds("§2.12: and says so", second.headers.get("idempotent-replayed") === "true", [...second.headers]);
    const other = await failure(client.call("POST", "/payments", { body: order("11.00"), idempotencyKey }));
    g.holds("§2.12: another body under the same key is refused with 400", other.status === 400, other.body);
    for (const bad of ["a b", "x".repeat(65), "ä".normalize("NFD").slice(0, 1) + "!"]) {
      const refused = await failure(client.call("POST", "/payments", { body: order(), idempotencyKey: bad }));
      g.holds(`§2.12: the key ${JSON.stringify(bad.slice(0, 9))} is refused with 400`, refused.status === 400, refused.body);
    }
    await failure(client.call("POST", "/payments", { body: order("-1"), idempotencyKey: "mend-1" }));
    const mended = await client.call("POST", "/payments", { body: order("2.00"), idempotencyKey: "mend-1" });
    g.holds("§2.12: what failed frees its key", mended.status === 201, mended.status);
  });
}

/** @param {Client} client @param {RunningHub} hub */
async function refusals(client, hub) {
  await group("refusals", async (g) => {
    const cases = [
      ["op_00000000.000000000000000000000000000000000000000000000000", "INVALID_API_KEY"],
      ["op_tooshort1", "INVALID_API_KEY"],
    ];
    for (const [key, code] of cases) {
      const refused = await failure(new Client(hub.base, key).call("GET", "/transactions"));
      g.holds(`§1.5: ${key.slice(0, 12)}… is ${code}`, refused.status === 401 && refused.code === code && refused.tries === 1, refused.body);
    }
    for (const [method, path, status] of /** @type {const} */ ([["GET", "/nowhere", 404], ["PATCH", "/payments", 405], ["DELETE", "/health", 405]])) {
      const refused = await failure(client.call(method, path));
      g.holds(`rule 1: ${method} ${path} is ${status} with a body`, refused.status === status && refused.kind === kindOf(status), refused.body);
    }
    const broken = await failure(client.call("POST", "/payments", { bytes: "{" }));
    g.holds("a broken body is refused with its place", broken.status === 400 || broken.status === 422, broken.body);
    const slash = await client.call("GET", "/transactions/");
    g.holds("§2.1: a slash at the end is passed over", slash.status === 200);
  });
}

/** @param {Client} client */
async function limits(client) {
  await group("limits", async (g) => {
    // One request, and one more each second.
    const policy = { name: "slow", limit: 1, window_s: 1, burst: 1, path: "/api/v1/customers/**", subject: "key" };
    await hubCall(client, "POST", "/limits/policies", policy);
    await failure(client.call("GET", "/customers/nobody@example.com"));
    const limited = await failure(client.call("GET", "/customers/nobody@example.com"));
    g.holds("rule 5: who waits as the body says gets through", limited.code === "CUSTOMER_NOT_FOUND" && limited.tries === 2, { code: limited.code, tries: limited.tries });
    const { headers } = await client.call("GET", "/transactions");
    const told = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"].map((name) => headers.get(name));
    g.holds("§5: answers tell of the limit", told.every((value) => /^\d+$/.test(value ?? "")), told);
  });
}

/** How often what cannot be answered is tried: the connection breaks off, or no JSON comes. */
async function networks() {
  await group("networks", async (g) => {
    /** @type {((response: import("node:http").ServerResponse) => void)[]} */
    const answers = [];
    const server = createServer((_, response) => answers.shift()?.(response));
    await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
    const address = /** @type {import("node:net").AddressInfo} */ (server.address());
    const client = new Client(`http://127.0.0.1:${address.port}`, "op_00000000.0");
    const breaks = (/** @type {import("node:http").ServerResponse} */ response) => response.destroy();
    const page = (/** @type {import("node:http").ServerResponse} */ response) => response.end("<h1>Moved</h1>");
    const good = (/** @type {import("node:http").ServerResponse} */ response) => response.end('{"success":true,"data":{}}');
    answers.push(breaks, page, good);
    g.holds("rule 1: what cannot be read is tried again", (await client.call("DELETE", "/health")).tries === 3);
    answers.push(breaks, breaks, breaks, good);
    const lost = await failure(client.call("DELETE", "/health"));
    g.holds("rule 1: three times at most", lost.kind === "NetworkError" && lost.tries === 3 && answers.length === 1, lost.tries);
    server.closeAllConnections();
    server.close();
  });
}

/** Holds the calls and the shapes to the types of the contract. */
function typed() {
  const tools = join(process.env.DEVHUB_TEST_TOOLS ?? join(ROOT, "target/tools"), "npm/node_modules");
  // Not `--checkJs`: what is not this check's own says by a comment whether it is held to types.
  const flags = ["--noEmit", "--allowJs", "--strict", "--target", "es2022", "--module", "nodenext", "--allowImportingTsExtensions"];
  const types = ["--types", "node", "--typeRoots", join(tools, "@types")];
  const file = join(ROOT, "xtask/checks/merchant.mjs");
  return finished(spawn("node", [join(tools, "typescript/bin/tsc"), ...flags, ...types, file], { stdio: ["ignore", "inherit", "inherit"] }));
}

await build();
await group("types", (g) => typed().then(() => g.holds("calls and shapes are what the types say", true)));
await networks();
const settings = {
  "webhooks.allow_http": "true",
  "webhooks.allow_networks": "127.0.0.0/8",
  // The limits group is about them.
  "limits.exempt_networks": "",
  "limits.default_per_minute": "100000",
};
await withHub(settings, async (/** @type {RunningHub} */ hub) => {
  const shop = await Shop.open(SECRETS);
  await hub.addOperator(OWNER, "owner", "correct horse battery staple 7");
  const key = JSON.parse(await hub.command(["keys", "issue", "--label", "Shop", "--scope", SCOPES, "--json"])).token;
  const client = new Client(`${hub.base}/`, key);
  await hubCall(client, "POST", "/endpoints", { url: `${shop.base}/hook`, event_types: ["payment.*", "refund.*"], secret: SECRETS["/hook"] });
  await health(client, hub);
  await payments(client);
  const paid = await checkout(client, shop);
  if (paid !== undefined) {
    await transactions(client, paid);
    await refunds(client, shop, paid);
    await callbacks(client, shop, paid);
  }
  await customers(client);
  await keys(client, hub);
  await webhooks(client, shop);
  await repetitions(client);
  await refusals(client, hub);
  await limits(client);
  // A wrong signature would be tried again later, and nothing else would tell.
  await group("shop", async (g) => g.holds("nothing that it was sent was refused", shop.refusals.length === 0, shop.refusals));
  shop.close();
});
const { checks, failures } = report.total();
console.log(`${checks - failures} of ${checks} hold`);
process.exit(failures === 0 ? 0 : 1);
