// Every page works in a browser, with and without scripts: on a narrow screen and a wide one, in light and in dark.
//
// A person walks the whole journey once for each kind of browser; every page and state on the way is held to the rules of accessible
// pages, in both colours, and to the policy that it is sent with, and its pictures are put into `target/pages`. Hostile texts are put
// wherever a person or a browser can put one. Then the pages are asked by plain requests, as somebody would who wants more than they give.
//
// Words after the program's name choose groups whose names hold one of them: `pages.mjs 390-plain hostile`.
import { KINDS, launch, nameOf } from "./pages/browser.mjs";
import { control } from "./pages/control.mjs";
import { hostile } from "./pages/journey/hostile.mjs";
import { build } from "./pages/hub.mjs";
import { journey } from "./pages/journey/all.mjs";
import { limits } from "./pages/journey/limits.mjs";
import { reference } from "./pages/journey/reference.mjs";
import { live } from "./pages/journey/live.mjs";
import { Report } from "./pages/report.mjs";
import { secondFactor } from "./pages/journey/second_factor.mjs";
import { security } from "./pages/security/all.mjs";
import { settings } from "./pages/journey/settings.mjs";
import { speed } from "./pages/speed.mjs";

/** As many at once as there are processors where this runs least. */
const AT_ONCE = 2;

async function main() {
  await build();
  const report = new Report();
  const browser = await launch();
  try {
    const all = [
      ["control", () => control(report, browser)],
      ...KINDS.map((kind) => [nameOf(kind), () => journey(report, browser, kind)]),
      ...KINDS.map((kind) => [`limits ${nameOf(kind)}`, () => limits(report, browser, kind)]),
      ...KINDS.map((kind) => [`reference ${nameOf(kind)}`, () => reference(report, browser, kind)]),
      ...KINDS.map((kind) => [`live ${nameOf(kind)}`, () => live(report, browser, kind)]),
      ...KINDS.map((kind) => [`settings ${nameOf(kind)}`, () => settings(report, browser, kind)]),
      ...KINDS.map((kind) => [`second factor ${nameOf(kind)}`, () => secondFactor(report, browser, kind)]),
      ["hostile", () => hostile(report, browser)],
      ["speed", () => speed(report, browser)],
      ...security.map(([name, check]) => [`security ${name}`, () => check(report, browser)]),
    ];
    const chosen = process.argv.slice(2);
    const isChosen = ([name]) => chosen.length === 0 || chosen.some((word) => name.includes(word));
    await inTurns(all.filter(isChosen).map(([, check]) => check));
  } finally {
    await browser.close();
  }
  const { checks, failures } = report.total();
  console.log(`${checks} checks, ${failures === 0 ? "all hold" : `${failures} do NOT hold`}`);
  process.exitCode = failures === 0 && checks > 0 ? 0 : 1;
}

/** Runs all, a few at once. */
async function inTurns(checks) {
  const rest = [...checks];
  const turn = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) await next();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, turn));
}

await main();
