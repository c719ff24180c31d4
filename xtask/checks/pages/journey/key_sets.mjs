// What a developer does with several keys at once, and with one that is replaced: found, locked, exported, rotated, explained.
import { readFile } from "node:fs/promises";

import { send } from "../http.mjs";
import { KEYS_PATH, issueKeys } from "./walk.mjs";

const BRANCHES = ["Branch A", "Branch B", "Branch C"];
const ROTATED = BRANCHES[2];
const CALLER = "till/1.2";

/** Everything that is done with keys besides one by one. */
export async function keySets(walk) {
  const tokens = await issueKeys(walk.hub, BRANCHES.map((label) => ({ label, scopes: ["read"] })));
  await finds(walk);
  await locksTwo(walk);
  await exportsFound(walk);
  await rotates(walk);
  await calls(walk, tokens[2]);
  await retires(walk);
  await explains(walk);
}

async function finds(walk) {
  const { page, group } = walk;
  const list = walk.section("Existing Keys");
  await walk.open(KEYS_PATH);
  await list.getByRole("searchbox", { name: "Search keys" }).fill("branch");
  await list.getByRole("combobox", { name: "Scope" }).selectOption({ label: "read" });
  await walk.press("Search", list);
  group.equals("label and scope find the branches", await page.locator("tbody tr").count(), BRANCHES.length);
  await walk.look("keys-filtered");
}

async function locksTwo(walk) {
  const { page, group } = walk;
  for (const label of BRANCHES.slice(0, 2)) {
    await group.does(`${label} can be chosen`, () => page.getByRole("checkbox", { name: `Choose ${label}` }).check());
  }
  await walk.press("Lock chosen");
  await walk.see("two are asked about", page.getByRole("heading", { level: 1, name: "Lock 2 keys?", exact: true }));
  await walk.look("keys-bulk");
  await walk.press("Lock 2 keys");
  await walk.see("the notice says how many", page.getByRole("status").filter({ hasText: "2 keys are locked." }));
  group.equals("what was looked for is there still", await page.locator("tbody tr").count(), BRANCHES.length);
  group.equals("two are locked", await walk.rows("Locked").count(), 2);
  await walk.look("keys-bulk-done");
}

async function exportsFound(walk) {
  const { page, group } = walk;
  const link = page.getByRole("link", { name: "Export CSV", exact: true });
  const download = await group.does("a file is given", async () => {
    const [given] = await Promise.all([page.waitForEvent("download"), link.click()]);
    return given;
  });
  const lines = (await readFile(await download.path(), "utf8")).trim().split(/\r?\n/);
  group.equals("the file holds what was found, below its heads", lines.length, BRANCHES.length + 1);
  group.holds("each branch has its line", BRANCHES.every((label) => lines.some((line) => line.includes(label))), lines.join("\n"));
}

async function rotates(walk) {
  const { page, group } = walk;
  const asking = await walk.ask(page.getByRole("link", { name: `Rotate ${ROTATED}`, exact: true }), `Rotate ${ROTATED}?`);
  await asking.getByLabel("The old key goes on working").selectOption({ label: "For 1 hour" });
  await walk.look("key-rotate");
  const answer = await walk.press("Rotate key", asking);
  group.equals("a rotation is answered 200", answer.status(), 200);
  await walk.see("the successor is shown", walk.section("New API Key Generated"));
  await walk.see("the old key has its end", page.getByText(/works until \d{4}-/));
  await walk.look("key-rotated");
}

/** Somebody who has not changed over. */
async function calls(walk, token) {
  const headers = { authorization: `Bearer ${token}`, "user-agent": CALLER };
  const answer = await send(`${walk.hub.base}/api/hub/v1/whoami`, { headers });
  walk.group.equals("the old key is accepted within its grace", answer.status, 200);
}

async function retires(walk) {
  const { page, group } = walk;
  await walk.open(`${KEYS_PATH}?q=branch&status=retiring`);
  await walk.follow(ROTATED, walk.rows("Retiring"));
  const rotated = walk.section("Rotated");
  await walk.see("the page of the old key says who still calls with it", rotated.getByText(CALLER));
  await walk.look("key-retiring");
  await walk.leads("its successor is a link away", () => rotated.getByRole("link").click());
  await walk.lacks("the successor was not rotated", page.getByRole("heading", { name: "Rotated", exact: true }));
  await walk.look("key-page");
  group.holds("a key that is active can be rotated on its page", await page.getByRole("link", { name: `Rotate ${ROTATED}` }).isVisible());
}

async function explains(walk) {
  const { page, group } = walk;
  const usage = walk.section("Usage");
  await walk.leads("a day of its calls is a link away", () => usage.getByRole("link", { name: "24 hours", exact: true }).click());
  await walk.see("the time that is shown is told", page.getByText("in the last 24 hours").or(page.getByText("No calls in the last 24 hours.")));
  await walk.see("the limits that apply are told", walk.section("Limits that apply").getByText("for each key"));
  await walk.see("who has made the key is told", walk.section("Audit trail").getByRole("link", { name: /^Key (issued|rotated)/ }));
  await walk.look("key-usage");
  const form = walk.section("Explain a request");
  await form.getByLabel("Method").selectOption("POST");
  await form.getByLabel("Path").fill("/api/v1/payments");
  await form.getByLabel("Address").fill("203.0.113.7");
  await walk.press("Explain", form);
  await walk.see("why a request is refused is told", page.getByText("This request is refused: INSUFFICIENT_SCOPE"));
  const focused = await page.evaluate(() => document.activeElement?.textContent ?? "");
  if (walk.kind.scripts) group.holds("the focus is at the answer", focused.includes("This request is refused"), focused.slice(0, 100));
  await walk.look("key-explained");
}
