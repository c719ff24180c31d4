// What an administrator reads in the audit log: who did what, what it was before, and whether the log itself was changed.
import { send } from "../http.mjs";

const AUDIT_PATH = "/admin/audit";

export async function audit(walk) {
  await lists(walk);
  await entry(walk);
  await exports(walk);
  await verifies(walk);
}

async function lists(walk) {
  const { page, group } = walk;
  await walk.visitPlace("Audit log");
  walk.isAt("the menu leads to the log", AUDIT_PATH);
  await walk.see("the newest change is told", walk.rows("Rate policy deleted"));
  await walk.see("it tells from where", page.getByText("127.0.0.1", { exact: true }));
  await walk.look("audit");
  await page.getByLabel("What", { exact: true }).selectOption({ label: "Rate policy updated" });
  await walk.press("Filter");
  group.matches("the filter stands in the address", page.url(), /action=rate_policy\.updated/);
  group.equals("one entry is left", await page.locator("tbody tr").count(), 1);
  await walk.look("audit-filtered");
  await walk.open(`${AUDIT_PATH}?actor=nobody&from=2026-11-30&to=2026-11-01`);
  await walk.see("what is nobody is told at its field", page.locator("#actor-error"));
  await walk.look("audit-error");
  await walk.open(`${AUDIT_PATH}?action=endpoint.deleted`);
  await walk.see("a filter that leaves nothing says so", page.getByText("No entry matches"));
  await walk.look("audit-nothing");
}

/** An entry tells what was and what is, side by side. */
async function entry(walk) {
  const { page, group } = walk;
  await walk.open(`${AUDIT_PATH}?action=rate_policy.updated`);
  await walk.follow("Rate policy updated");
  const cells = await page.getByRole("row").filter({ hasText: "Limit" }).getByRole("cell").allInnerTexts();
  group.equals("the limit of before stands beside that of after", cells.map((text) => text.trim()), ["2", "3"]);
  await walk.look("audit-entry");
  await page.getByText("Hashes, and the detail as it is stored").click();
  await walk.look("audit-entry-open");
  await walk.follow("All about the same");
  group.equals("all about one rule is listed", (await page.locator("tbody tr").count()) >= 2, true);
}

async function exports(walk) {
  const { group, hub } = walk;
  const headers = { cookie: await walk.cookie() };
  const json = await send(`${hub.base}${AUDIT_PATH}/export?format=json`, { headers });
  const lines = JSON.parse(json.text);
  group.holds("the export has every entry to the first", lines.at(-1)?.sequence === 1 && lines.length === lines[0].sequence);
  const csv = await send(`${hub.base}${AUDIT_PATH}/export?format=csv`, { headers });
  group.matches("the CSV begins with its columns", csv.text, /^sequence,at,actor,action,subject,detail,/);
}

async function verifies(walk) {
  const { page, group } = walk;
  await walk.open(AUDIT_PATH);
  await walk.follow("Verify chain");
  await walk.look("audit-verify");
  await walk.press("Verify chain");
  await walk.see("the chain holds", page.getByText("The chain holds"));
  const head = await page.getByLabel("Last entry that holds").inputValue();
  group.matches("the last entry can be noted", head, /^\d+:[0-9a-f]{64}$/);
  await walk.look("audit-verified");
  await walk.type({ "Entry that was noted (optional)": head.replace(/:.*/, `:${"0".repeat(64)}`) });
  await walk.press("Verify chain");
  await walk.see("a log that goes another way is told", page.getByText("This is not the log that was noted"));
  await walk.look("audit-broken");
  const said = await walk.hub.command(["audit", "verify", "--noted", head]);
  group.matches("the command line says the same", said, /lines hold, the last is \d+:/);
}
