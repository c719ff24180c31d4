// What an administrator does with rate limits and the audit log, and what others see of them.
import { setTimeout as delay } from "node:timers/promises";

import { nameOf } from "../browser.mjs";
import { send } from "../http.mjs";
import { withHub } from "../hub.mjs";
import { audit } from "./audit.mjs";
import { becomesOwner } from "./hostile.mjs";
import { VIEWER } from "./people.mjs";
import { Walk, issueKeys } from "./walk.mjs";

const LIMITS_PATH = "/admin/rate-limits";
const KEY_LABEL = "Corner shop";
/** Unlike elsewhere, this machine is limited: or nothing would be counted. */
const LIMITED = { "limits.exempt_networks": "192.0.2.0/24" };
const CALLS = 5;
/** What is counted is written every three seconds. */
const LOOKS_MAX = 40;
const LOOK_AGAIN_MS = 500;

/** Walks through both with one kind of browser, on a hub of its own. */
export function limits(report, browser, kind) {
  return report.group(`limits and audit, ${nameOf(kind)}`).run((group) =>
    withHub(LIMITED, async (hub) => {
      const walk = await Walk.begin(group, browser, hub, kind);
      try {
        await becomesOwner(walk);
        const [token] = await issueKeys(hub, [{ label: KEY_LABEL, scopes: ["read", "keys:read"] }]);
        await rules(walk);
        await order(walk);
        await counts(walk, token);
        await overrides(walk);
        await networks(walk);
        await buckets(walk);
        await looksOnly(walk);
        await deletes(walk);
        await audit(walk);
      } finally {
        await walk.end();
      }
    }),
  );
}

/** A rule is refused, then added. */
async function rules(walk) {
  const { page, group } = walk;
  await walk.open("/admin/developer");
  await walk.follow("Rate Limits", page.getByRole("navigation", { name: "Developer Hub" }));
  await walk.see("a hub without rules says so", page.getByText("No rules yet"));
  await walk.see("the default is told", page.getByText("600 per minute", { exact: true }));
  await walk.look("limits-empty");
  await walk.follow("Add Rule");
  await walk.look("limit-rule-new");
  await walk.type({ Name: "Two Words", Path: "exports", Requests: "many" });
  const refused = await walk.press("Save rule");
  group.equals("a rule that is none is answered 422", refused.status(), 422);
  for (const field of ["name", "path", "limit"]) await walk.see(`the error of ${field} stands at it`, page.locator(`#${field}-error`));
  group.equals("what was typed stays", await page.getByLabel("Name", { exact: true }).inputValue(), "Two Words");
  await walk.look("limit-rule-error");
  await adds(walk, "exports", "Enforce: answer 429", "2");
  await adds(walk, "payments", "Shadow: count what it would refuse", "1");
}

async function adds(walk, name, mode, requests) {
  const { page } = walk;
  await walk.open(`${LIMITS_PATH}/policies/new`);
  const hour = { "Window in seconds": "3600", "Burst (optional)": "" };
  await walk.type({ Name: name, Path: "/api/hub/**", Requests: requests, ...hour });
  await page.getByLabel("Mode", { exact: true }).selectOption({ label: mode });
  await walk.press("Save rule");
  await walk.see(`the rule ${name} is saved`, page.getByText("The rule is saved."));
}

/** Rules are moved by button, also by keyboard. */
async function order(walk) {
  const { page, group } = walk;
  group.equals("rules stand as they were added", await names(page), ["exports", "payments"]);
  await walk.press("Up: payments");
  group.equals("a rule has moved up", await names(page), ["payments", "exports"]);
  await walk.leads("Enter on a button moves a rule", async () => {
    await page.getByRole("button", { name: "Down: payments" }).focus();
    await page.keyboard.press("Enter");
  });
  group.equals("the rule has moved down", await names(page), ["exports", "payments"]);
}

function names(page) {
  return page.locator("section").filter({ has: page.locator("#rules-title") }).locator("tbody th").allInnerTexts();
}

/** Calls are counted where they were refused, and where they would have been. */
async function counts(walk, token) {
  const { page, group, hub } = walk;
  const answers = [];
  for (let call = 0; call < CALLS; call += 1) {
    const answer = await send(`${hub.base}/api/hub/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
    answers.push(answer);
  }
  group.equals("calls beyond the limit are refused", answers.map(({ status }) => status), [200, 200, 429, 429, 429]);
  await written(walk);
  const cells = (name) => walk.rows(name).first().locator("td").allInnerTexts();
  group.equals("the enforced rule tells what it refused", (await cells("exports")).slice(4, 7), ["2", "3", "0"]);
  const [, , , , , refused, shadow] = await cells("payments");
  group.equals("the rule in shadow refused nothing", refused, "0");
  group.matches("and tells what it would have", shadow, /^[1-9]/);
  const sample = await page.locator("pre").first().innerText();
  const real = answers[2].headers;
  for (const name of ["retry-after", "x-ratelimit-limit", "ratelimit-policy", "content-type"]) {
    group.holds(`the sample answer has ${name} as the real one`, real[name] !== undefined && sample.includes(`${name}: `), sample);
  }
  const body = JSON.parse(await page.locator("pre").nth(1).innerText());
  group.equals("the sample body has the members of the real one", Object.keys(body), Object.keys(JSON.parse(answers[2].text)));
  await walk.look("limits");
  await plots(walk);
}

/** What was counted is written every few seconds: the page is opened again until it is there. */
async function written(walk) {
  const sentence = "5 requests, 3 of them refused in the last 24 hours";
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    await walk.open(LIMITS_PATH);
    if (await walk.page.getByRole("img", { name: sentence, exact: true }).count()) break;
    await delay(LOOK_AGAIN_MS);
  }
  await walk.see("the bars of a rule have a sentence", walk.page.getByRole("img", { name: sentence, exact: true }));
}

/** Each policy that refused something, or would have, has a plot of a day and of a week. */
async function plots(walk) {
  const { page, group } = walk;
  const titles = (await page.locator(".plot figcaption").allInnerTexts()).map((text) => text.split(":")[0]).sort();
  group.equals("what refused and what would have has a plot", titles, ["exports", "payments"]);
  const plot = page.locator(".plot").filter({ hasText: "exports:" });
  await group.does("the numbers open as a table", () => plot.locator("summary").click());
  group.equals("the last hour tells what was refused", await plot.locator("tbody tr:last-child td").allInnerTexts(), ["3", "0"]);
  await walk.follow("Last 7 days");
  walk.isAt("the period stands in the address", `${LIMITS_PATH}?period=7d`);
  group.equals("a week has a row for each hour", await plot.locator("tbody tr").count(), 168);
  await walk.look("limits-week");
}

async function overrides(walk) {
  const { page, group } = walk;
  await walk.follow("Add Override");
  await walk.look("limit-override-new");
  await page.getByLabel("For", { exact: true }).selectOption({ index: 1 });
  await walk.type({ Requests: "0" });
  const refused = await walk.press("Save override");
  group.equals("an override of nothing is answered 422", refused.status(), 422);
  await walk.look("limit-override-error");
  await walk.type({ Requests: "1200", "Burst (optional)": "50" });
  await walk.press("Save override");
  await walk.see("the override is told", page.getByText("1,200 per minute, 50 at once"));
  await walk.follow("Change the default");
  await walk.type({ Requests: "90", "Burst (optional)": "30" });
  await walk.press("Save override");
  await walk.see("the default of the workspace is told", page.getByText("90 per minute", { exact: true }));
  const question = "Delete the override for The whole workspace?";
  await walk.confirm({ link: "Use the hub's own default", heading: question, button: "Delete override" });
  await walk.see("the hub's own default is back", page.getByText("600 per minute", { exact: true }));
}

async function networks(walk) {
  const { page, group } = walk;
  await walk.type({ Networks: "10.0.0.0/8 # the office\n10.0.0.0/33\nnonsense <b>" });
  const refused = await walk.press("Save networks");
  group.equals("lines that are no networks are answered 422", refused.status(), 422);
  await walk.see("the second line is named", page.getByRole("listitem").filter({ hasText: "10.0.0.0/33" }));
  const typed = await page.getByLabel("Networks", { exact: true }).inputValue();
  group.equals("what was typed stays", typed, "10.0.0.0/8 # the office\n10.0.0.0/33\nnonsense <b>");
  await walk.look("limits-networks-error");
  await walk.type({ Networks: "10.0.0.0/8 # the office\n2001:db8::1" });
  await walk.press("Save networks");
  await walk.see("they are saved", page.getByText("The exempt networks are saved."));
}

async function buckets(walk) {
  const { page } = walk;
  const link = await page.getByRole("link", { name: /^Reset Corner shop/ }).first().getAttribute("aria-label");
  const heading = `Reset the bucket of ${KEY_LABEL}?`;
  await walk.confirm({ link, heading, button: "Reset bucket", state: "limits-reset" });
  await walk.see("the page says so", page.getByText("The bucket is full again."));
}

/** Who may only look sees all of it, why, and no form. */
async function looksOnly(walk) {
  await walk.hub.addOperator(VIEWER.email, "viewer", VIEWER.password);
  const eye = await walk.another();
  await eye.signIn(VIEWER);
  await eye.open(LIMITS_PATH);
  await eye.see("a viewer is told why", eye.page.getByText("You see the limits and cannot change them"));
  await eye.lacks("a viewer is offered no change", eye.page.getByRole("link", { name: /^(Add|Delete|Reset|Change the)/ }));
  await eye.lacks("a viewer has no button", eye.page.getByRole("button", { name: /^(Save|Up|Down)/ }));
  await eye.look("limits-viewer");
  await eye.open("/admin/audit");
  await eye.look("audit-viewer");
  await eye.end();
}

async function deletes(walk) {
  const { page } = walk;
  await walk.open(LIMITS_PATH);
  await walk.follow("exports");
  await walk.type({ Requests: "3" });
  await walk.press("Save rule");
  await walk.confirm({ link: "Delete payments", heading: "Delete payments?", button: "Delete rule", state: "limit-rule-delete" });
  await walk.see("the page says that it is deleted", page.getByText("The rule is deleted."));
}
