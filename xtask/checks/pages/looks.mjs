// What holds for every page in every state: rules of accessible pages, no scrolling sideways, one heading, nothing that goes wrong.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { SCHEMES, packageFile } from "./browser.mjs";
import { ROOT } from "./hub.mjs";

const AXE = readFileSync(packageFile("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What can be another way in other colours. */
const RULES_OF_COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };
const PICTURES = join(ROOT, "target/pages");
mkdirSync(PICTURES, { recursive: true });

/** Looks at a page as it stands; what does not hold is told with the name of the state. */
export async function look(group, { page, watch }, kind, state) {
  group.equals(`${state}: nothing goes wrong in the browser`, watch.take(), []);
  const { headings, wide, inline } = await page.evaluate(measure);
  group.equals(`${state}: there is one main heading`, headings.length, 1);
  group.equals(`${state}: nothing makes the page scroll sideways`, wide, []);
  group.equals(`${state}: nothing carries scripts of its own`, inline, []);
  await bringRules(page, kind.scripts);
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    const picture = `${state}-${kind.width}-${scheme}-${kind.scripts ? "scripts" : "plain"}.png`;
    await page.screenshot({ path: join(PICTURES, picture), fullPage: true });
    const broken = await violations(page, scheme === SCHEMES[0] ? RULES : RULES_OF_COLOURS);
    group.equals(`${state}, ${scheme}: the rules of accessible pages hold`, broken, []);
  }
  await page.emulateMedia({ colorScheme: SCHEMES[0] });
}

/** Runs in the page. */
function measure() {
  const width = document.documentElement.clientWidth;
  const named = (element) => element.outerHTML.slice(0, 120);
  const scrolls = (element) => {
    for (let part = element.parentElement; part && part !== document.body; part = part.parentElement) {
      if (getComputedStyle(part).overflowX !== "visible" || getComputedStyle(part).position === "fixed") return true;
    }
    return false;
  };
  const all = [...document.querySelectorAll("body *")];
  const isVisible = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const tooWide = all.filter((element) => isVisible(element) && element.getBoundingClientRect().right > width + 1 && !scrolls(element));
  const isWide = document.documentElement.scrollWidth > width;
  return {
    // A dialog that is open has a heading of its own, and everything around it is out of reach.
    headings: [...document.querySelectorAll("h1")].filter((one) => isVisible(one) && !one.closest("dialog")).map(named),
    wide: isWide || tooWide.length > 0 ? [`${document.documentElement.scrollWidth} of ${width}`, ...tooWide.slice(0, 3).map(named)] : [],
    inline: all
      .filter((element) => element.getAttributeNames().some((name) => name.startsWith("on")))
      .concat([...document.querySelectorAll("script:not([src]), a[href^='javascript:' i]")])
      .map(named),
  };
}

/** Puts what knows the rules into the page. */
async function bringRules(page, hasScripts) {
  // Without scripts timers never fire, and a promise's sequel does.
  if (!hasScripts) {
    await page.evaluate(() => {
      window.setTimeout = (action, _delay, ...words) => void Promise.resolve().then(() => action(...words));
    });
  }
  await page.evaluate(AXE);
}

/** What breaks a rule, each with the elements that do. */
function violations(page, runOnly) {
  return page.evaluate(async (rules) => {
    // Nothing is loaded for it: the policy of the page would refuse that.
    const options = { runOnly: rules, preload: false, resultTypes: ["violations"] };
    const { violations } = await window.axe.run(document, options);
    return violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }, runOnly);
}
