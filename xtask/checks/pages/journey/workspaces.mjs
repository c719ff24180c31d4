// Somebody makes a second workspace, works there, comes back, and sends a form that was opened before.
import { HOME_PATH, KEYS_PATH } from "./walk.mjs";

const WORKSPACES = "/admin/settings/workspaces";
/** The first workspace, as a new hub calls it. */
const FIRST = "Default";
const SECOND = "Market <img src=x onerror=alert(1)> of the second street, which has a long name";
const LABEL = "Key of the second workspace";

/** Walks through them on a hub with one workspace and one owner. */
export async function workspaces(walk) {
  const { page, group } = walk;
  await walk.open(KEYS_PATH);
  await walk.lacks("there is nothing to switch to at first", page.getByRole("button", { name: /^Workspace:/ }));
  await walk.open("/admin/workspace");
  await walk.follow("Workspaces", page.getByRole("navigation", { name: "Settings" }));
  await walk.look("workspaces-one");
  await walk.type({ Name: FIRST });
  const taken = await walk.press("Create workspace");
  group.equals("a name that is taken is answered 422", taken.status(), 422);
  await walk.look("workspaces-error");
  await walk.type({ Name: SECOND });
  await walk.press("Create workspace");
  walk.isAt("the new workspace is listed", WORKSPACES);
  await walk.see("its name is a text", page.locator("tbody tr").filter({ hasText: SECOND }));
  await walk.look("workspaces-two");
  await worksThere(walk);
  await sendsFromBefore(walk);
  await stays(walk);
}

/** A key that is made in the second workspace is not in the first. */
async function worksThere(walk) {
  const { page, group } = walk;
  await menu(walk, FIRST);
  await walk.look("workspace-menu");
  await walk.leads("a button of the menu leads on", () => page.getByRole("button", { name: `${SECOND} owner`, exact: true }).click());
  walk.isAt("a switch leads to the overview", HOME_PATH);
  await walk.see("the page says so", page.getByRole("status").filter({ hasText: "You have switched." }));
  await walk.see("the workspace is named on top", page.getByRole("banner").getByText(SECOND));
  await walk.look("workspace-second");
  await walk.open(KEYS_PATH);
  await walk.see("it has no keys yet", page.getByText("No API keys yet"));
  await walk.type({ "Key Label": LABEL });
  await walk.press("Generate Key");
  await walk.open(KEYS_PATH);
  group.equals("the key is there", await walk.rows(LABEL).count(), 1);
  await goes(walk, SECOND, FIRST);
  await walk.open(KEYS_PATH);
  group.equals("the key is not in the first workspace", await walk.rows(LABEL).count(), 0);
}

/** A second tab keeps its page while the first one switches. */
async function sendsFromBefore(walk) {
  const { page, group } = walk;
  await walk.open("/admin/workspace");
  await page.getByLabel("Name", { exact: true }).fill("Taken over");
  const other = await walk.context.newPage();
  await other.goto(walk.hub.base + WORKSPACES);
  await other.getByRole("button", { name: `Workspace: ${FIRST}`, exact: true }).click();
  await Promise.all([
    other.waitForURL((url) => url.pathname === HOME_PATH),
    other.getByRole("button", { name: `${SECOND} owner`, exact: true }).click(),
  ]);
  await other.close();
  const refused = await walk.press("Save");
  group.equals("a form of before the switch is answered 409", refused.status(), 409);
  await walk.see("the page says why", page.getByRole("heading", { level: 1, name: "You have switched to another workspace" }));
  await walk.look("workspace-switched");
  await walk.open("/admin/workspace");
  await walk.see("the second workspace keeps its name", page.getByRole("banner").getByText(SECOND));
  await goes(walk, SECOND, FIRST);
  await walk.see("the first one too", page.getByRole("banner").getByText(FIRST, { exact: true }));
}

/** The last owner of a workspace cannot leave it. */
async function stays(walk) {
  const { page, group } = walk;
  await walk.open(WORKSPACES);
  const asking = await walk.ask(page.getByRole("link", { name: `Leave ${SECOND}`, exact: true }), "Leave workspace?");
  await walk.look("workspace-leave");
  const refused = await walk.press("Leave", asking);
  group.equals("the last owner is answered 409", refused.status(), 409);
  await walk.open(WORKSPACES);
  await walk.see("the second workspace is still listed", page.locator("tbody tr").filter({ hasText: SECOND }));
}

async function menu(walk, current) {
  const { page, group } = walk;
  const button = page.getByRole("button", { name: `Workspace: ${current}`, exact: true });
  await group.does("the menu of workspaces opens by keyboard", async () => {
    await button.focus();
    await page.keyboard.press("Enter");
  });
  await walk.see("it says what it is for", page.getByText("Switch to", { exact: true }));
}

async function goes(walk, from, to) {
  await menu(walk, from);
  const button = walk.page.getByRole("button", { name: `${to} owner`, exact: true });
  await walk.leads(`the menu leads to ${to}`, () => button.click());
}
