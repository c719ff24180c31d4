// Texts that somebody has chosen so that a page does what the page's author did not: they are shown as they are, and nothing else.
import { send } from "../http.mjs";
import { withHub } from "../hub.mjs";
import { KEYS_PATH, OWNER, Walk, issueKeys } from "./walk.mjs";

const WIDE = "W".repeat(100);
const TEXTS = [
  "<script>alert(1)</script>",
  `"><img src=x onerror=alert(1)>`,
  "javascript:alert(1)",
  "{{7*7}}${7*7}<%= 7*7 %>",
  "</textarea><svg onload=alert(1)>",
  "' onmouseover='alert(1)",
  "</title></script><script>alert(1)</script>",
  "<!--<base href=//evil.example>",
  "&lt;b&gt;&amp;#39;",
  "=1+1",
  // Turned round and told apart by nothing that can be seen.
  "safe\u202egnp.exe",
  "zero\u200bwidth\u2060join\ufeffer",
  "e" + "\u0301".repeat(90),
  WIDE,
  "界".repeat(100),
];
/** Those that break out of different places of a page; each costs the others' time where a page is loaded for it. */
const BREAKING = [TEXTS[0], TEXTS[1], TEXTS[4], TEXTS[5], WIDE];
/** What of them may stand on a page only as text. */
const MADE = "script:not([src]), img[src='x'], svg[onload], base, [onerror], [onload], [onmouseover], a[href^='javascript:' i]";
const NARROW = { width: 390, height: 844, scripts: true };

/** Nobody listens there: what is sent to it is told on the page. */
const NO_MAIL_SERVER = { "mail.server": "127.0.0.1", "mail.port": 9, "mail.tls": "off", "mail.from": "Hub <hub@shop.example>", "mail.to": "ops@shop.example" };
const REFERENCE_PATH = "/admin/developer/reference";

/** Puts each text wherever one can be put. */
export function hostile(report, browser) {
  return report.group("hostile texts are shown and do nothing").run((group) =>
    withHub(NO_MAIL_SERVER, async (hub) => {
      const walk = await Walk.begin(group, browser, hub, NARROW, { userAgent: `Check/1.0 ${TEXTS[1]}` });
      try {
        await becomesOwner(walk);
        await labels(walk);
        await searches(walk);
        await endpoints(walk);
        await ownTypes(walk);
        await documents(walk);
        await mail(walk);
        await payments(walk);
        await limits(walk);
        await workspaces(walk);
        await browsers(walk);
        await refused(walk);
      } finally {
        await walk.end();
      }
    }),
  );
}

/** Makes the first owner, without a look at the pages on the way. */
export async function becomesOwner(walk) {
  const address = await walk.hub.setupUrl();
  await walk.leads("the address of the setup opens", () => walk.page.goto(address));
  if (!walk.kind.scripts) await walk.type({ "Setup token": new URL(address).hash.slice(1) });
  await walk.type({ Email: OWNER.email, Password: OWNER.password });
  await walk.press("Create owner account");
}

async function labels(walk) {
  const { page, group } = walk;
  await issueKeys(walk.hub, TEXTS.map((label) => ({ label, scopes: ["read"] })));
  await walk.open(KEYS_PATH);
  for (const label of TEXTS) {
    await shows(walk, `a label of ${named(label)}`, page.locator("tbody tr"), label);
  }
  await harmless(walk, "hostile-labels");
  const pages = await page.locator("tbody th a").evaluateAll((links) => links.map((link) => [link.textContent.trim(), link.pathname]));
  for (const label of BREAKING) {
    const [, address] = pages.find(([text]) => text === label.trim());
    await walk.open(address);
    await shows(walk, `the page of the key ${named(label)}`, page.getByRole("heading", { level: 1 }), label);
    await harmless(walk, `hostile-key-${BREAKING.indexOf(label)}`);
  }
  await walk.open(KEYS_PATH);
  for (const label of TEXTS) {
    const row = await rowOf(page, label);
    await group.does(`the key ${named(label)} can be asked about`, () => row.getByRole("link", { name: /^Lock/ }).first().click());
    await walk.see("a dialog asks", page.getByRole("dialog").getByRole("heading", { name: /^Lock / }));
    await shows(walk, `a dialog about ${named(label)}`, page.getByRole("dialog"), label);
    await harmless(walk, label === WIDE ? "hostile-dialog" : undefined);
    await page.keyboard.press("Escape");
    await group.does("the dialog closes", () => page.getByRole("dialog").waitFor({ state: "hidden" }));
  }
}

async function searches(walk) {
  const { page, group } = walk;
  const list = walk.section("Existing Keys");
  for (const text of BREAKING) {
    await list.getByRole("searchbox", { name: "Search keys" }).fill(text);
    await walk.press("Search", list);
    group.equals(`the search for ${named(text)} stays as it was typed`, await list.getByRole("searchbox").inputValue(), text);
    await harmless(walk);
  }
  await harmless(walk, "hostile-search");
}

/** What endpoints are called, what is in their addresses, and what the log is filtered by. */
async function endpoints(walk) {
  const { page, hub } = walk;
  const words = ["keys", "issue", "--label", "Endpoints", "--scope", "endpoints:write,endpoints:read", "--json"];
  const { token } = JSON.parse(await hub.command(words));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (const [number, text] of TEXTS.entries()) {
    const wanted = { url: `https://shop${number}.example/?q=${encodeURIComponent(text)}'<b>`, description: text, event_types: ["*"] };
    const answer = await send(`${hub.base}/api/hub/v1/endpoints`, { method: "POST", headers, body: JSON.stringify(wanted) });
    walk.group.equals(`an endpoint called ${named(text)} is accepted`, answer.status, 201);
  }
  await walk.open("/admin/developer/webhooks");
  for (const text of TEXTS) await shows(walk, `an endpoint called ${named(text)}`, page.locator("tbody tr"), text);
  await harmless(walk, "hostile-webhooks");
  const addresses = await page.locator("tbody th a").evaluateAll((links) => links.map((link) => link.pathname));
  for (const [at, address] of addresses.entries()) {
    await walk.open(address);
    await harmless(walk, at === 0 ? "hostile-webhook" : undefined);
  }
  for (const text of BREAKING) {
    await walk.open(`/admin/developer/deliveries?type=${encodeURIComponent(text)}&event=${encodeURIComponent(text)}&endpoint=${encodeURIComponent(text)}`);
    await harmless(walk, text === BREAKING[0] ? "hostile-deliveries" : undefined);
  }
}

/** What a workspace tells of its own event types, and a payload of them. */
async function ownTypes(walk) {
  const { page, hub, group } = walk;
  const words = ["keys", "issue", "--label", "Types", "--scope", "event_types:write", "--json"];
  const { token } = JSON.parse(await hub.command(words));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (const [number, text] of BREAKING.entries()) {
    const schema = { type: "object", title: text, description: text, properties: { [text]: { type: "string", description: text, enum: [text] } } };
    const wanted = { name: `hostile.t${number}`, description: text, schema, sample: { [text]: text } };
    const answer = await send(`${hub.base}/api/hub/v1/event-types`, { method: "POST", headers, body: JSON.stringify(wanted) });
    group.equals(`a type that tells ${named(text)} is accepted`, answer.status, 201);
    await walk.open(`/admin/developer/event-types/hostile.t${number}`);
    await shows(walk, `a type that tells ${named(text)}`, page.locator("main"), text);
    await harmless(walk, text === WIDE ? "hostile-event-type" : undefined);
  }
  for (const path of ["/admin/developer/event-types", `${REFERENCE_PATH}/events`, "/admin/developer/webhooks/new"]) {
    await walk.open(path);
    for (const text of BREAKING) await shows(walk, `a type that tells ${named(text)}`, page.locator("main"), text);
    await harmless(walk);
  }
}

/** What stands in the document of a platform. */
async function documents(walk) {
  const { page, group } = walk;
  for (const text of BREAKING) {
    await walk.open(`${REFERENCE_PATH}/document`);
    await group.does(`a document of ${named(text)} is pasted`, () => page.locator("#text").fill(JSON.stringify(documentOf(text))));
    await walk.press("Upload");
    await shows(walk, `the document of ${named(text)}`, page.locator("dd"), text.slice(0, 40));
    await harmless(walk, text === WIDE ? "hostile-document" : undefined);
    for (const path of ["platform", "platform/hostile"]) {
      await walk.open(`${REFERENCE_PATH}/${path}`);
      await shows(walk, `the reference of ${named(text)}`, page.locator("main"), text);
      await harmless(walk, text === WIDE ? `hostile-${path.replace("/", "-")}` : undefined);
    }
  }
}

function documentOf(text) {
  const schema = { type: "object", title: text, description: text, properties: { [text]: { type: "string", description: text, default: text } } };
  const content = { "application/json": { schema, example: { [text]: text } } };
  const parameters = [{ name: text, in: "query", required: true, description: text, example: text, schema: { type: "string" } }];
  const responses = { 200: { description: text, content } };
  const post = { operationId: "hostile", tags: [text], summary: text, description: text, parameters, requestBody: { description: text, content }, responses };
  return { openapi: "3.1.0", info: { title: text, version: text, description: text }, tags: [{ name: text, description: text }], paths: { "/hostile": { post } } };
}

/** Where a test mail is sent. */
async function mail(walk) {
  const { page, group } = walk;
  for (const text of BREAKING) {
    await walk.open("/admin/settings/mail");
    await page.locator("form.panel").evaluate((form) => (form.noValidate = true));
    const field = page.getByLabel("Send it to", { exact: true });
    await field.evaluate((input) => input.removeAttribute("type"));
    await field.fill(text);
    const answer = await walk.press("Send a test mail");
    group.equals(`a mail to ${named(text)} is answered 422`, answer.status(), 422);
    group.equals(`the address ${named(text)} stays as it was typed`, await field.inputValue(), text);
    await harmless(walk, text === WIDE ? "hostile-mail" : undefined);
  }
}

/** What shops call their orders: payers read it, and whoever looks at the gateways. */
async function payments(walk) {
  const { page, hub, group } = walk;
  const words = ["keys", "issue", "--label", "Payments", "--scope", "read,write", "--json"];
  const { token } = JSON.parse(await hub.command(words));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (const [number, reference] of TEXTS.entries()) {
    const redirect_url = `https://shop${number}.example/?q=${encodeURIComponent(reference)}'<b>`;
    const body = JSON.stringify({ amount: "10.00", currency: "USD", reference, redirect_url });
    const answer = await send(`${hub.base}/api/v1/payments`, { method: "POST", headers, body });
    group.equals(`a payment for ${named(reference)} is accepted`, answer.status, 201);
    const path = new URL(JSON.parse(answer.text).data.checkout_url).pathname;
    await walk.open(path);
    await shows(walk, `a payment for ${named(reference)}`, page.locator("dd"), reference);
    await harmless(walk, reference === WIDE ? "hostile-checkout" : undefined);
    const paid = await send(hub.base + path + "/pay", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "gateway=test_card&outcome=failure",
    });
    group.equals("it is paid", paid.status, 303);
    await walk.open(`${path}/result?stay=1`);
    await harmless(walk, reference === WIDE ? "hostile-result" : undefined);
  }
  await walk.open("/admin/gateways");
  for (const reference of TEXTS) await shows(walk, `a transaction for ${named(reference)}`, page.locator("tbody tr"), reference);
  await harmless(walk, "hostile-gateways");
}

/** What is typed for networks and rules, and what the audit log has kept of all before. */
async function limits(walk) {
  const { page } = walk;
  for (const text of BREAKING) {
    await walk.open("/admin/rate-limits");
    await walk.type({ Networks: `10.0.0.0/8 # ${text}\n${text}` });
    await walk.press("Save networks");
    await shows(walk, `a line of ${named(text)}`, page.getByRole("listitem"), text.slice(0, 60));
    await harmless(walk, text === BREAKING[0] ? "hostile-networks" : undefined);
    await walk.open("/admin/rate-limits/policies/new");
    await page.getByLabel("Path", { exact: true }).evaluate((field) => field.removeAttribute("maxlength"));
    await page.getByLabel("Name", { exact: true }).evaluate((field) => field.removeAttribute("maxlength"));
    await walk.type({ Name: text, Path: text });
    await walk.press("Save rule");
    await harmless(walk);
  }
  await walk.open("/admin/audit");
  await harmless(walk, "hostile-audit");
  const entries = await page.locator("tbody th a").evaluateAll((links) => links.map((link) => link.pathname));
  for (const [at, address] of entries.slice(0, TEXTS.length).entries()) {
    await walk.open(address);
    await harmless(walk, at === 0 ? "hostile-audit-entry" : undefined);
  }
  for (const text of BREAKING) {
    const query = ["actor", "action", "subject", "from", "to", "after"].map((name) => `${name}=${encodeURIComponent(text)}`);
    await walk.open(`/admin/audit?${query.join("&")}`);
    await harmless(walk, text === BREAKING[0] ? "hostile-audit-filter" : undefined);
  }
}

async function workspaces(walk) {
  const { page, group } = walk;
  await walk.open("/admin/workspace");
  for (const name of BREAKING) {
    await page.getByLabel("Name", { exact: true }).fill(name);
    await walk.press("Save");
    group.equals(`the name ${named(name)} stays as it was typed`, await page.getByLabel("Name", { exact: true }).inputValue(), name.trim());
    await harmless(walk, name === WIDE ? "hostile-workspace" : undefined);
  }
}

async function browsers(walk) {
  await walk.open("/admin/account");
  await shows(walk, "a browser's own name", walk.page.locator("tbody tr"), TEXTS[1]);
  await harmless(walk, "hostile-browser");
}

/** What the hub refuses it shows too: the page with an error carries the text. */
async function refused(walk) {
  const { page, group } = walk;
  const form = walk.section("Generate New API Key");
  for (const text of [TEXTS[0], TEXTS[1], TEXTS[4]]) {
    const long = text.repeat(8);
    await walk.open(KEYS_PATH);
    await page.getByLabel("Key Label").evaluate((field) => field.removeAttribute("maxlength"));
    await walk.type({ "Key Label": long }, form);
    const answer = await walk.press("Generate Key", form);
    group.equals(`a label of ${long.length} characters is answered 422`, answer.status(), 422);
    await harmless(walk);
  }
  const answer = await send(`${walk.hub.base}/admin/${encodeURIComponent(TEXTS[0])}?next=${encodeURIComponent(TEXTS[1])}`, {
    headers: { cookie: await walk.cookie() },
  });
  group.holds("a path that is not there is not shown as it is", !answer.text.includes("<script>alert"), answer.text.slice(0, 200));
}

/** The row of the key with exactly this label, whatever a search for texts makes of it. */
async function rowOf(page, label) {
  const rows = page.locator("tbody tr");
  const at = await rows.evaluateAll((all, text) => {
    const says = (row) => {
      const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) if (texts.currentNode.data.trim() === text) return true;
      return false;
    };
    return all.findIndex(says);
  }, label);
  if (at < 0) throw new Error(`no row is labelled ${named(label)}`);
  return rows.nth(at);
}

/** Notes that a text stands in something, letter by letter. */
async function shows(walk, sentence, where, text) {
  const wanted = text.trim();
  const contents = await where.allTextContents();
  const isShown = contents.some((content) => content.includes(wanted));
  walk.group.holds(`${sentence} is shown as it is`, isShown, contents.join(" / ").slice(0, 300));
}

/** Notes that a page is as its author meant it. */
async function harmless(walk, state) {
  const { page, group } = walk;
  if (state !== undefined) await walk.look(state);
  else group.equals("nothing goes wrong in the browser", walk.watch.take(), []);
  const made = await page.evaluate((selector) => [...document.querySelectorAll(selector)].map((one) => one.outerHTML.slice(0, 120)), MADE);
  group.equals("no text has become an element", made, []);
}

function named(text) {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 20)}… (${text.length})` : text);
}
