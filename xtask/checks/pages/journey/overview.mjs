// What an administrator sees first: figures, plots, what needs somebody.
import { HOME_PATH } from "./walk.mjs";

export async function overview(walk) {
  const { page, group } = walk;
  await walk.visitPlace("Overview");
  walk.isAt("the menu leads to the overview", HOME_PATH);
  await walk.see("calls are plotted", page.locator(".plot svg rect[class^=ink-]").first());
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
