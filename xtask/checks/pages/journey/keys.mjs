// What a developer does with keys.
import { KEYS_PATH, issueKeys } from "./walk.mjs";

const LABEL = "WooCommerce Plugin";
const TOKEN_SHAPE = "op_[0-9a-f]{8}\\.[0-9a-f]{48}";
const TOKEN = new RegExp(`^${TOKEN_SHAPE}$`);
const PAGE_ROWS = 50;
const SHOPS = 60;
/** One in ten of the shops is for tests. */
const TESTS = 6;
// The system's clipboard is one, and several journeys run at once.
let clipboard = Promise.resolve();

/** A key is generated, shown once, copied, used, and never shown again; its token. */
export async function newKey(walk) {
  const { group } = walk;
  await refusesNoLabel(walk);
  const form = walk.section("Generate New API Key");
  await walk.type({ "Key Label": LABEL }, form);
  const sent = walk.page.waitForRequest((request) => request.method() === "POST");
  const answer = await walk.press("Generate Key", form);
  const post = await sent;
  group.equals("a generated key is answered 200", answer.status(), 200);
  group.matches("the answer is stored nowhere", await answer.headerValue("cache-control"), /no-store/);
  const shown = walk.section("New API Key Generated");
  await walk.see("the new key has its section", shown);
  const token = await shown.getByRole("textbox", { name: "API key" }).inputValue();
  group.holds("the key has its shape", TOKEN.test(token), `${token.length} characters of another shape`);
  group.holds("the .env line carries the key", (await valueOf(shown, ".env line")).includes(token));
  const request = await valueOf(shown, "First request");
  group.holds("the first request asks this hub", request.includes(`${walk.hub.base}/api/hub/v1/whoami`), request.replaceAll(token, "…"));
  await walk.look("key-new");
  group.equals("the API accepts the key", await walk.whoami(token), 200);
  if (walk.kind.scripts) await copies(walk, shown, token);
  await isShownOnce(walk, token, post);
  return token;
}

function valueOf(where, name) {
  return where.getByRole("textbox", { name }).inputValue();
}

/** What is wrong is told at its field, and whatever was right stays as it was typed. */
async function refusesNoLabel(walk) {
  const { group, page } = walk;
  const form = walk.section("Generate New API Key");
  for (const [name, isTicked] of [["Read", true], ["Write", true], ["Admin", false]]) {
    group.equals(`${name} is ${isTicked ? "" : "not "}ticked`, await box(form, name).isChecked(), isTicked);
  }
  group.equals("a label is asked for", await form.getByLabel("Key Label").getAttribute("required"), "");
  // The browser lets white space pass; the hub does not.
  await walk.type({ "Key Label": "   " }, form);
  // By its label, as a person does: the box itself may be drawn by what lies over it.
  await form.getByText("Admin", { exact: true }).click();
  await form.locator("summary").click();
  await form.getByText("keys:read", { exact: true }).click();
  await form.getByLabel("Environment").selectOption("test");
  await form.getByLabel("Expires").selectOption({ label: "On a date…" });
  await form.locator("input[type=date]").fill("2020-01-31");
  const answer = await walk.press("Generate Key", form);
  group.equals("a key without a label is answered 422", answer.status(), 422);
  for (const name of ["Read", "Write", "Admin", "keys:read"]) group.equals(`${name} stays ticked`, await box(form, name).isChecked(), true);
  group.equals("the environment stays chosen", await form.getByLabel("Environment").inputValue(), "test");
  group.equals("the date stays as it was typed", await form.locator("input[type=date]").inputValue(), "2020-01-31");
  const errors = page.getByRole("group", { name: "No key was generated" }).getByRole("link");
  group.equals("both errors are told, and lead to their fields", await errors.count(), 2);
  await walk.look("keys-error");
  await walk.open(KEYS_PATH);
  await walk.see("there is still no key", page.getByText("No API keys yet"));
}

function box(form, name) {
  return form.getByRole("checkbox", { name, exact: true });
}

/** One journey at a time: whoever copies reads what was copied. */
function copies(walk, shown, token) {
  clipboard = clipboard.catch(() => {}).then(async () => {
    const { page, group } = walk;
    await walk.context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: walk.hub.base });
    await group.does("the key can be copied", () => shown.getByRole("button", { name: "Copy Key" }).click());
    await walk.see("the button says that it was copied", page.getByText("Copied!").first());
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    group.holds("the clipboard holds the key", copied === token, "it holds another text");
    for (const turn of ["once", "twice"]) await turnsKey(walk, shown, turn);
  });
  return clipboard;
}

/** Hidden, the key cannot be read over a shoulder; shown, it can be read. */
async function turnsKey(walk, shown, turn) {
  const { group } = walk;
  const button = shown.getByRole("button", { name: /^(Show|Hide) (API )?key$/ });
  const isShown = (await button.textContent()).includes("Hide");
  await group.does(`the key can be ${isShown ? "hidden" : "shown"}`, () => button.click());
  await walk.see(`the button says so, turned ${turn}`, shown.getByRole("button", { name: isShown ? /^Show / : /^Hide / }));
  const looks = await shown.getByRole("textbox", { name: "API key" }).evaluate((field) => {
    const covers = getComputedStyle(field).webkitTextSecurity;
    return field.type !== "password" && (covers === undefined || covers === "none");
  });
  group.equals(`the key can ${isShown ? "no longer" : "now"} be read, turned ${turn}`, looks, !isShown);
}

/** Whatever leads back to the key's page does not show it again. */
async function isShownOnce(walk, token, post) {
  const { page, group } = walk;
  const hides = async (sentence) => {
    const html = await page.locator("html").innerHTML();
    group.holds(sentence, !html.includes(token), "the key is on the page");
  };
  walk.isAt("the address is that of the list", KEYS_PATH);
  await walk.leads("the page is loaded again", () => page.reload());
  await hides("a page that is loaded again does not show the key");
  await walk.look("key-again");
  await walk.open("/admin/workspace");
  // Without scripts the page before was the answer to a form, which the browser asks about before it sends it again.
  await page.goBack().catch(() => {});
  await hides("going back does not show the key");
  if (!walk.kind.scripts) walk.watch.take();
  const again = await walk.context.request.post(post.url(), { headers: formHeaders(walk), data: post.postData() });
  const text = await again.text();
  group.holds("a form that is sent again says that its key was shown", text.includes("This key was already shown"), text.slice(0, 200));
  group.holds("a form that is sent again shows no key", !text.includes(token) && !new RegExp(TOKEN_SHAPE).test(text));
  await walk.open(KEYS_PATH);
  group.equals("a form that is sent again makes no second key", await walk.rows(LABEL).count(), 1);
}

function formHeaders(walk) {
  return { "content-type": "application/x-www-form-urlencoded", origin: walk.hub.base, "sec-fetch-site": "same-origin" };
}

/** Locked, unlocked, revoked: each is asked about first, and counts at once. */
export async function managesKeys(walk, token) {
  const { page, group } = walk;
  await cancels(walk);
  const changes = [
    ["Lock", "Lock key", "is locked.", "Locked", 401],
    ["Unlock", "Unlock key", "is unlocked.", "Active", 200],
    ["Revoke", "Revoke key", "is revoked.", "Revoked", 401],
  ];
  for (const [verb, button, notice, status, answer] of changes) {
    const state = `key-${verb.toLowerCase()}`;
    await walk.confirm({ link: `${verb} ${LABEL}`, heading: `${verb} ${LABEL}?`, button, state });
    walk.isAt(`after "${button}" the list is there`, KEYS_PATH);
    await walk.see(`the notice says that it ${notice}`, page.getByRole("status").filter({ hasText: `${LABEL} ${notice}` }));
    await walk.see(`the list says ${status}`, walk.rows(LABEL).getByText(status, { exact: true }));
    group.equals(`the API answers the key with ${answer} after "${button}"`, await walk.whoami(token), answer);
  }
  await walk.look("key-revoked");
  await walk.lacks("a revoked key has no action left", walk.rows(LABEL).getByRole("link", { name: /^(Lock|Unlock|Revoke) / }));
}

async function cancels(walk) {
  const { page, kind, group } = walk;
  const lock = page.getByRole("link", { name: `Lock ${LABEL}`, exact: true });
  const asking = await walk.ask(lock, `Lock ${LABEL}?`);
  const cancel = asking.getByRole("link", { name: "Cancel" }).or(asking.getByRole("button", { name: "Cancel" }));
  if (kind.scripts) {
    await group.does("a dialog can be cancelled", () => cancel.click());
    await group.does("a cancelled dialog is gone", () => page.getByRole("dialog").waitFor({ state: "hidden" }));
    await walk.ask(lock, `Lock ${LABEL}?`);
    await page.keyboard.press("Escape");
    await group.does("a dialog closes by the Escape key", () => page.getByRole("dialog").waitFor({ state: "hidden" }));
    group.equals("the focus returns to what has opened the dialog", await lock.evaluate((link) => link === document.activeElement), true);
  } else {
    await walk.leads("a page that asks can be left", () => cancel.click());
  }
  walk.isAt("who cancels is at the list", KEYS_PATH);
  await walk.see("who cancels has changed nothing", walk.rows(LABEL).getByText("Active", { exact: true }));
}

/** More keys than a page holds: turned, searched and filtered, all by the address. */
export async function findsKeys(walk, token) {
  const { page, group } = walk;
  const shops = Array.from({ length: SHOPS }, (_, index) => index + 1);
  await issueKeys(walk.hub, shops.map((number) => ({
    label: `Shop ${String(number).padStart(2, "0")}`,
    scopes: ["read"],
    environment: number % (SHOPS / TESTS) === 0 ? "test" : "live",
  })));
  await walk.open(KEYS_PATH);
  const rows = page.locator("tbody tr");
  group.equals("a page has fifty keys", await rows.count(), PAGE_ROWS);
  await walk.look("keys-many");
  await walk.follow("Older");
  // The shops, the key of the journey, the one that has published, and the one that has issued the shops.
  group.equals("the older ones are on the next page", await rows.count(), SHOPS + 3 - PAGE_ROWS);
  const address = page.url();
  await walk.leads("the address leads to the same page", () => page.goto(address));
  group.equals("the address leads to the same keys", await rows.count(), SHOPS + 3 - PAGE_ROWS);
  await walk.look("keys-older");
  await walk.follow("Newest");
  group.equals("the newest are on the first page", await rows.count(), PAGE_ROWS);
  await searches(walk, rows);
  await pastes(walk, rows, token);
  await filters(walk, rows);
}

async function searches(walk, rows) {
  const { page, group } = walk;
  const list = walk.section("Existing Keys");
  await list.getByRole("searchbox", { name: "Search keys" }).fill("shop 07");
  await walk.press("Search", list);
  group.equals("a search finds its key", await rows.count(), 1);
  await walk.see("it is the key that was searched for", walk.rows("Shop 07"));
  const found = new URL(page.url());
  group.holds("the address carries what was searched for", [...found.searchParams.values()].includes("shop 07"), found.search);
  await walk.look("keys-found");
  await walk.confirm({ link: "Lock Shop 07", heading: "Lock Shop 07?", button: "Lock key" });
  const after = new URL(page.url()).searchParams;
  group.holds("after a change the search is still there", [...after.values()].includes("shop 07"), page.url());
  await walk.see("the locked key is in what was found", walk.rows("Shop 07").getByText("Locked", { exact: true }));
  await list.getByRole("searchbox", { name: "Search keys" }).fill("no such shop");
  await walk.press("Search", list);
  await walk.see("a search that finds nothing says so", page.getByText("No key matches"));
  await walk.look("keys-nothing");
  await walk.leads("filters can be cleared", () => list.getByRole("link", { name: "Clear filters" }).last().click());
  group.equals("without filters all are there", await rows.count(), PAGE_ROWS);
}

/** Whoever looks for a key by its token leaves the token nowhere. */
async function pastes(walk, rows, token) {
  const { page, group } = walk;
  const list = walk.section("Existing Keys");
  const secret = token.split(".")[1];
  await list.getByRole("searchbox", { name: "Search keys" }).fill(token);
  await walk.press("Search", list);
  group.holds("a pasted token is not in the address", !page.url().includes(secret), "its secret is");
  group.holds("a pasted token is not on the page", !(await page.content()).includes(secret), "its secret is");
  group.equals("its key is found", await rows.count(), 1);
  await walk.see("it is the right one", walk.rows(LABEL));
}

async function filters(walk, rows) {
  const { group } = walk;
  const list = walk.section("Existing Keys");
  const choices = [
    ["Locked", "All", 1],
    ["Revoked", "All", 1],
    ["Expired", "All", 0],
    ["All", "test", TESTS],
  ];
  const [status, environment] = ["Status", "Environment"].map((name) => list.getByRole("combobox", { name }));
  await walk.open(KEYS_PATH);
  for (const [wanted, where, count] of choices) {
    await status.selectOption({ label: wanted });
    await environment.selectOption({ label: where });
    await walk.press("Search", list);
    group.equals(`of status ${wanted} and environment ${where} there are ${count}`, await rows.count(), count);
    if (count === 0) await walk.see("a filter that leaves nothing says so", list.getByText("No key matches"));
    const chosen = await Promise.all([status, environment].map((choice) => choice.locator("option:checked").textContent()));
    group.equals("the choices stay", chosen.map((text) => text.trim()), [wanted, where]);
  }
}
