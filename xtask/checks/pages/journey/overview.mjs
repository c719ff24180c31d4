// What an administrator sees first: figures, plots, what needs somebody.
import { HOME_PATH } from "./walk.mjs";

export async function overview(walk) {
  const { page, group } = walk;
  await walk.visitPlace("Overview");
  walk.isAt("the menu leads to the overview", HOME_PATH);
  await walk.see("calls are plotted", page.locator(".plot svg rect[class^=ink-]").first());
  const latency = page.locator(".plot", { hasText: "Latency of API calls" });
  group.equals("what calls took is plotted, half of them and 95 %", await latency.locator("svg path.line").count(), 2);
  const hours = latency.locator("tbody tr", { hasText: /:\d\d\s*\d/ });
  group.equals("an hour with calls has both as numbers in the table", (await hours.count()) > 0, true);
  await walk.see("the newest change is told", page.getByRole("heading", { level: 2, name: "Latest changes" }));
  await walk.see("what nobody's tokens did is told", page.getByRole("heading", { level: 2, name: "Unknown tokens" }));
  await walk.look("overview");
  await walk.follow("Last 7 days");
  walk.isAt("the period stands in the address", `${HOME_PATH}?period=7d`);
  const table = page.locator(".plot details").first();
  await group.does("the numbers open as a table", () => table.locator("summary").click());
  group.equals("a week has a row for each hour", await table.locator("tbody tr").count(), 168);
  await walk.look("overview-week");
}
