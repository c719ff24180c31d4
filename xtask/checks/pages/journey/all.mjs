// The whole journey through the pages, as one person walks it: from a new hub to the last click after signing out.
import { nameOf } from "../browser.mjs";
import { withHub } from "../hub.mjs";
import { account, workspace } from "./account.mjs";
import { checkout } from "./checkout.mjs";
import { keySets } from "./key_sets.mjs";
import { findsKeys, managesKeys, newKey } from "./keys.mjs";
import { overview } from "./overview.mjs";
import { setUp, signsOut, viewer } from "./people.mjs";
import { Walk } from "./walk.mjs";
import { RECEIVING, webhooks } from "./webhooks.mjs";

/** Walks the journey with one kind of browser, on a hub of its own. */
export function journey(report, browser, kind) {
  return report.group(`the journey, ${nameOf(kind)}`).run((group) =>
    withHub(RECEIVING, async (hub) => {
      const walk = await Walk.begin(group, browser, hub, kind);
      try {
        await setUp(walk);
        const token = await newKey(walk);
        await managesKeys(walk, token);
        await workspace(walk);
        await account(walk);
        await viewer(walk);
        await webhooks(walk);
        await overview(walk);
        // Late: every page with fifty keys takes its time.
        await findsKeys(walk, token);
        await keySets(walk);
        await checkout(walk);
        await signsOut(walk);
      } finally {
        await walk.end();
      }
    }),
  );
}
