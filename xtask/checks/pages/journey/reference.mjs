// What a developer does with the endpoint reference, and an administrator with the document of the platform.
import { nameOf } from "../browser.mjs";
import { send } from "../http.mjs";
import { withHub } from "../hub.mjs";
import { becomesOwner } from "./hostile.mjs";
import { VIEWER } from "./people.mjs";
import { runSnippets } from "./snippets.mjs";
import { KEYS_PATH, Walk, issueKeys } from "./walk.mjs";

const PATH = "/admin/developer/reference";
const LIST = `${PATH}/payments`;
/** Unlike elsewhere, this machine is limited: or the answers would tell no limits. */
const SETTINGS = { "limits.exempt_networks": "192.0.2.0/24", "reference.public": true };
const MARKUP = "</textarea><script>document.title='taken'</script>";
const DOCUMENT = JSON.stringify({
  openapi: "3.1.0",
  info: { title: `Shop ${MARKUP}`, version: "7", description: MARKUP },
  servers: [{ url: "https://shop.example/v2" }],
  paths: {
    "/orders": {
      get: { operationId: "listOrders", summary: MARKUP, tags: ["orders"], responses: { 200: { description: MARKUP } } },
    },
  },
});

/** Walks through the reference with one kind of browser, on a hub of its own. */
export function reference(report, browser, kind) {
  return report.group(`the reference, ${nameOf(kind)}`).run((group) =>
    withHub(SETTINGS, async (hub) => {
      const walk = await Walk.begin(group, browser, hub, kind);
      try {
        await becomesOwner(walk);
        const [token] = await issueKeys(hub, [{ label: "Console", scopes: ["read", "write"] }]);
        await finds(walk);
        await copies(walk);
        if (runs(kind)) await runSnippets(walk, token, 200);
        if (kind.scripts) await asks(walk, token);
        await guides(walk);
        await uploads(walk);
        await everybody(walk);
        await looksOnly(walk);
        await removes(walk);
      } finally {
        await walk.end();
      }
    }),
  );
}

/** The same text stands in every browser: it is run in one of them. */
function runs(kind) {
  return kind.scripts && kind.width > 1000;
}

/** The list narrows to what is looked for, and leads to an operation. */
async function finds(walk) {
  const { page, group } = walk;
  await walk.open(KEYS_PATH);
  await walk.follow("Endpoint Reference", page.getByRole("navigation", { name: "Developer Hub" }));
  await walk.look("reference");
  const search = page.getByRole("searchbox", { name: "Search" });
  await group.does("the search takes words", () => search.fill("get transactions"));
  await walk.press("Search");
  await walk.see("what has the words is listed", page.locator(".operations a").filter({ hasText: "/api/v1/transactions" }));
  await walk.lacks("and nothing else", page.locator(".operations a").filter({ hasText: "/api/hub/v1/keys" }));
  await walk.look("reference-search");
  await walk.open(`${LIST}?q=nothinglikethis`);
  await walk.see("a search without a result says so", page.getByText("No operation matches"));
  await walk.look("reference-nothing");
}

/** Opens the operation of a method and a path. */
async function opens(walk, method, path) {
  const { page, group } = walk;
  await walk.open(LIST);
  const links = page.locator(".operations a").filter({ hasText: method });
  const link = links.filter({ has: page.getByText(path, { exact: true }) });
  await walk.leads(`the operation ${method} ${path} opens`, () => link.first().click());
  await walk.see(`${path} is shown`, page.getByRole("heading", { level: 1 }).filter({ hasText: path }));
  group.holds("the address tells which", page.url().startsWith(`${walk.hub.base}${LIST}/`), page.url());
}

/** Each language has its snippet, one of them in sight. */
async function copies(walk) {
  const { page, group } = walk;
  await opens(walk, "GET", "/api/v1/transactions");
  await walk.look("reference-operation");
  for (const language of ["PHP", "Node", "Python", "Rust", "curl"]) {
    const choice = page.getByRole("radio", { name: language, exact: true });
    await group.does(`${language} can be chosen`, () => choice.check({ force: true }));
    const shown = page.locator(".snippet").filter({ visible: true });
    group.equals(`${language} alone is in sight`, await shown.count(), 1);
    const text = await shown.locator("textarea").inputValue();
    group.holds(`the snippet for ${language} names the address`, text.includes("/api/v1/transactions"), text);
    group.holds(`the snippet for ${language} has no key in it`, !/opk_|sk_/.test(text), text);
  }
}

/** The console sends what it says, with a key that stays in the page. */
async function asks(walk, token) {
  const { page, group } = walk;
  await page.getByLabel("Key", { exact: true }).fill(token);
  await group.does("the request is sent", () => page.getByRole("button", { name: "Send request" }).click());
  await walk.see("the answer is 200", page.locator("[data-console-line]").filter({ hasText: /^200/ }));
  await walk.see("its limits are shown", page.locator("[data-console-headers] tr.is-rate").filter({ hasText: /x-ratelimit-limit/i }));
  await walk.look("reference-console");
  const kept = await page.evaluate(() => location.href + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }));
  group.holds("the key is in no address and no store", !kept.includes(token), kept);
  await opens(walk, "POST", "/api/v1/payment-intents");
  group.equals("the next page knows no key", await page.getByLabel("Key", { exact: true }).inputValue(), "");
  if (runs(walk.kind)) await runSnippets(walk, token, 201);
  await page.getByLabel("Key", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Send request" }).click();
  const dialog = page.getByRole("dialog");
  await walk.see("a write asks first", dialog.getByRole("heading", { name: "Send POST?" }));
  await walk.look("reference-console-asks");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await walk.lacks("who cancels sends nothing", page.locator("[data-console-answer]"));
  await page.getByRole("button", { name: "Send request" }).click();
  await dialog.getByRole("button", { name: "Send it" }).click();
  await walk.see("who agrees sends it", page.locator("[data-console-line]").filter({ hasText: /^20[01]/ }));
  await walk.look("reference-console-written");
}

async function guides(walk) {
  for (const [name, heading] of [["Authentication", /Authentication/], ["Events", /Events/], ["Errors", /Errors/]]) {
    await walk.follow(name, walk.page.getByRole("navigation", { name: "Endpoint Reference" }));
    await walk.see(`${name} are explained`, walk.page.getByRole("heading", { level: 1, name: heading }));
    await walk.look(`reference-${name.toLowerCase()}`);
  }
}

/** A document is refused with its place, then uploaded as a file, and shown as text whatever it holds. */
async function uploads(walk) {
  const { page, group } = walk;
  await walk.follow("Document", page.getByRole("navigation", { name: "Endpoint Reference" }));
  await walk.see("a hub without a document says so", page.getByText("No document is uploaded yet."));
  await walk.look("reference-document-empty");
  await group.does("a text can be pasted", () => page.locator("#text").fill("openapi: 3.1.0\npaths: []\n"));
  const refused = await walk.press("Upload");
  group.equals("a document that is none is answered 422", refused.status(), 422);
  await walk.see("the error stands at the text", page.locator("#text-error").filter({ hasText: /^Line \d/ }));
  group.equals("the text stays", (await page.locator("#text").inputValue()).includes("paths: []"), true);
  await walk.look("reference-document-refused");
  await page.locator("#text").fill("");
  const file = { name: "shop.json", mimeType: "application/json", buffer: Buffer.from(DOCUMENT) };
  await group.does("a file can be chosen", () => page.locator("#file").setInputFiles(file));
  await walk.press("Upload");
  await walk.see("the notice says so", page.getByRole("status").filter({ hasText: "The document is uploaded." }));
  await walk.look("reference-document");
  await walk.open(`${PATH}/platform/listOrders`);
  await walk.see("the operation is shown", page.getByRole("heading", { level: 1 }).filter({ hasText: "/orders" }));
  group.holds("its markup is text", !(await page.title()).includes("taken"), await page.title());
  await walk.look("reference-platform-operation");
  await walk.open(`${PATH}/platform`);
  await walk.look("reference-platform");
}

/** Where it is switched on, strangers read it, and programs as text. */
async function everybody(walk) {
  const stranger = await walk.another();
  try {
    await stranger.open("/reference");
    await stranger.look("reference-public");
    await stranger.open("/reference/platform/listOrders");
    await stranger.look("reference-public-operation");
    const llms = await send(`${walk.hub.base}/llms.txt`);
    walk.group.holds("programs find the index", llms.text.includes("/reference/payments.md"), llms.text);
    const whole = await send(`${walk.hub.base}/reference/platform.md`);
    walk.group.holds("and the whole, without its markup", whole.status === 200 && !whole.text.includes("<script"), whole.text);
  } finally {
    await stranger.end();
  }
}

async function looksOnly(walk) {
  await walk.hub.addOperator(VIEWER.email, "viewer", VIEWER.password);
  const viewer = await walk.another();
  try {
    await viewer.signIn(VIEWER);
    await viewer.open(`${PATH}/document`);
    await viewer.see("a viewer is told who can change it", viewer.page.getByText("Owners and admins can change this."));
    await viewer.lacks("and is offered no form", viewer.page.getByRole("button", { name: "Upload" }));
    await viewer.look("reference-document-viewer");
  } finally {
    await viewer.end();
  }
}

async function removes(walk) {
  const { page } = walk;
  await walk.open(`${PATH}/document`);
  const heading = `Remove Shop ${MARKUP}?`;
  await walk.confirm({ link: "Remove document", heading, button: "Remove document", state: "reference-document-remove" });
  await walk.see("the notice says so", page.getByRole("status").filter({ hasText: "The document is removed." }));
}
