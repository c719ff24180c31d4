// What somebody does with the own account and with the workspace.
import { NEW_PASSWORD } from "./people.mjs";
import { KEYS_PATH, OWNER } from "./walk.mjs";

const PHONE = "CheckPhone/1.0";

/** Sessions are listed; one that is ended is signed out at its next click; the password is changed. */
export async function account(walk) {
  const { page, group } = walk;
  const phone = await walk.another({ userAgent: PHONE });
  await phone.signIn(OWNER);
  await walk.open("/admin/account");
  await walk.see("the account has its heading", page.getByRole("heading", { level: 1, name: "Your account" }));
  const rows = page.locator("tbody tr");
  group.equals("both sessions are listed", await rows.count(), 2);
  await walk.see("the own session is marked", rows.filter({ hasText: "This browser" }));
  await walk.see("the other one tells its browser", rows.filter({ hasText: PHONE }));
  await walk.look("account");
  const end = rows.filter({ hasNotText: "This browser" }).getByRole("link", { name: /^End session/ });
  const asking = await walk.ask(end, "End this session?");
  await walk.look("session-end");
  await walk.press("End session", asking);
  await walk.see("the page says that it is ended", page.getByRole("status").filter({ hasText: "The session is ended." }));
  group.equals("the session is gone from the list", await rows.count(), 1);
  await phone.visitPlace("Settings");
  group.equals("the ended session is signed out at its next click", new URL(phone.page.url()).pathname, "/admin/sign-in");
  await endsOthers(walk, phone);
  await phone.end();
  await changesPassword(walk);
}

async function endsOthers(walk, phone) {
  const { page, group } = walk;
  await phone.signIn(OWNER);
  await walk.open("/admin/account");
  await walk.confirm({ link: "End all other sessions", heading: "End all other sessions?", button: "End sessions" });
  await walk.see("the page says that they are ended", page.getByRole("status").filter({ hasText: "All other sessions are ended." }));
  await phone.open(KEYS_PATH);
  group.equals("every other session is signed out", new URL(phone.page.url()).pathname, "/admin/sign-in");
  await walk.open(KEYS_PATH);
  walk.isAt("the own one is not", KEYS_PATH);
  await walk.open("/admin/account");
}

async function changesPassword(walk) {
  const { page, group } = walk;
  const form = walk.section("Password");
  await walk.type({ "Current password": "not the password", "New password": NEW_PASSWORD }, form);
  const wrong = await walk.press("Change password", form);
  group.equals("a wrong current password is answered 422", wrong.status(), 422);
  await walk.look("account-error");
  const before = await walk.cookie();
  await walk.type({ "Current password": OWNER.password, "New password": NEW_PASSWORD }, form);
  await walk.press("Change password", form);
  await walk.see("the page says that the password is changed", page.getByRole("status").filter({ hasText: "Your password is changed." }));
  group.holds("a changed password has a new session", (await walk.cookie()) !== before, "the cookie is the same");
}

/** The time zone changes the times that people read, and not the instants behind them. */
export async function workspace(walk) {
  const { page, group } = walk;
  await walk.open(KEYS_PATH);
  const first = page.locator("tbody tr time").first();
  const before = await instant(first);
  group.matches("the instant behind a time is in UTC", before.title, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  await walk.open("/admin/workspace");
  await walk.see("the settings have their heading", page.getByRole("heading", { level: 1, name: "Settings" }));
  await walk.look("workspace");
  await page.getByLabel("Name", { exact: true }).fill("   ");
  const wrong = await walk.press("Save");
  group.equals("a workspace without a name is answered 422", wrong.status(), 422);
  await walk.look("workspace-error");
  await walk.open("/admin/workspace");
  const zone = page.getByLabel("Time zone");
  await zone.locator("option:checked").evaluate((option) => (option.value = "Nowhere/At all"));
  const unknown = await walk.press("Save");
  group.equals("an unknown time zone is answered 422", unknown.status(), 422);
  await zone.selectOption("Asia/Kolkata");
  await walk.press("Save");
  await walk.see("the page says that it is saved", page.getByRole("status").filter({ hasText: "The workspace is saved." }));
  await walk.open("/admin/settings/operators");
  await walk.see("the operators have their heading", page.getByRole("heading", { level: 2, name: "Operators" }));
  await walk.look("operators");
  await walk.open(KEYS_PATH);
  const after = await instant(first);
  group.equals("the instant stays", [after.datetime, after.title], [before.datetime, before.title]);
  group.equals("the time moves by five hours and a half", minutesBetween(before.text, after.text), 330);
}

async function instant(time) {
  const [datetime, title, text] = await Promise.all([time.getAttribute("datetime"), time.getAttribute("title"), time.textContent()]);
  return { datetime, title, text: text.trim() };
}

/** Between two of our times: `2026-11-24 11:00`. */
function minutesBetween(before, after) {
  const parse = (text) => Date.parse(`${text.replace(" ", "T")}Z`);
  return (parse(after) - parse(before)) / 60_000;
}
