// What somebody does with a second factor, whose application and whose eye for QR codes are not ours.
import { createRequire } from "node:module";

import { TOOLS, nameOf } from "../browser.mjs";
import { withHub } from "../hub.mjs";
import { becomesOwner } from "./hostile.mjs";
import { HOME_PATH, OWNER, Walk } from "./walk.mjs";

const require = createRequire(`${TOOLS}/npm/`);
const OTPAuth = require("otpauth");
const jsQR = require("jsqr");
const { PNG } = require("pngjs");

const FACTOR = "/admin/account/second-factor";
const STEP_MS = 30_000;

/** Turns it on, signs in by codes, and turns it off. */
export function secondFactor(report, browser, kind) {
  return report.group(`second factor, ${nameOf(kind)}`).run((group) =>
    withHub({}, async (hub) => {
      const walk = await Walk.begin(group, browser, hub, kind);
      try {
        await becomesOwner(walk);
        const { application, codes } = await turnsOn(walk);
        const phone = await walk.another();
        await signsInByCode(phone, application);
        await phone.end();
        const paper = await walk.another();
        await signsInByPaper(paper, codes);
        await paper.end();
        await turnsOff(walk, codes);
      } finally {
        await walk.end();
      }
    }),
  );
}

/** Reads the picture as a phone does, and types the code of now. */
async function turnsOn(walk) {
  const { page, group } = walk;
  await walk.open("/admin/account");
  await walk.see("the account says that there is none", page.getByText("Off: your password alone signs you in."));
  await walk.follow("Manage the second factor");
  await walk.look("second-factor-off");
  const application = OTPAuth.URI.parse(await read(page.getByRole("img", { name: "QR code of your secret" })));
  const secret = await page.locator("#secret").textContent();
  group.equals("picture and text have one secret", application.secret.base32, secret.replaceAll(" ", ""));
  group.equals("it is told whose it is", application.label, OWNER.email);
  await walk.type({ Code: "000 00" });
  const wrong = await walk.press("Turn on");
  group.equals("what is no code is answered 422", wrong.status(), 422);
  await walk.look("second-factor-error");
  await walk.type({ Code: application.generate() });
  await walk.press("Turn on");
  await walk.see("recovery codes are shown", page.getByRole("heading", { name: "Your recovery codes" }));
  const codes = await page.locator("main li code").allTextContents();
  group.equals("they are ten", codes.length, 10);
  await walk.look("second-factor-codes");
  await walk.follow("I have written them down");
  await walk.see("the account says that it is on", page.getByText("On: a sign-in needs a code"));
  await walk.open("/admin/settings/operators");
  await walk.see("the list of operators tells it", walk.rows(OWNER.email).getByText("On", { exact: true }));
  await walk.look("second-factor-listed");
  return { application, codes };
}

/** What a QR code says, as its picture is shown. */
async function read(picture) {
  const { data, width, height } = PNG.sync.read(await picture.screenshot());
  return jsQR(new Uint8ClampedArray(data), width, height)?.data ?? "otpauth://totp/nothing?secret=A";
}

async function signsInByCode(walk, application) {
  const { page, group } = walk;
  await walk.signIn(OWNER);
  await walk.see("the code is asked for", page.getByRole("heading", { level: 1, name: "Type your code" }));
  await walk.look("sign-in-code");
  await walk.type({ Code: "12345" });
  const wrong = await walk.press("Sign in");
  group.equals("a wrong code is answered 422", wrong.status(), 422);
  await walk.look("sign-in-code-error");
  // The code of now was spent by turning on; a phone whose clock is fast shows the next.
  await walk.type({ Code: application.generate({ timestamp: Date.now() + STEP_MS }) });
  await walk.press("Sign in");
  walk.isAt("the code signs in", HOME_PATH);
}

async function signsInByPaper(walk, codes) {
  await walk.signIn(OWNER);
  await walk.type({ Code: codes[0].toLowerCase() });
  await walk.press("Sign in");
  walk.isAt("a recovery code signs in", HOME_PATH);
  await walk.open(FACTOR);
  await walk.see("it is used up", walk.page.getByText("9 of your recovery codes are left."));
}

/** Makes new recovery codes for one of those before, and turns it off for one of the new. */
async function turnsOff(walk, before) {
  const { page, group } = walk;
  await walk.open(FACTOR);
  await walk.look("second-factor-on");
  await walk.follow("Make new recovery codes");
  await walk.type({ Code: "<b>000000" });
  const wrong = await walk.press("Make new codes");
  group.equals("what is no code makes no new ones", wrong.status(), 422);
  await walk.look("second-factor-codes-error");
  await walk.type({ Code: before[1] });
  await walk.press("Make new codes");
  await walk.see("new ones are shown", page.getByRole("heading", { name: "Your recovery codes" }));
  const codes = await page.locator("main li code").allTextContents();
  await walk.open(FACTOR);
  await walk.follow("Turn off the second factor");
  await walk.look("second-factor-turn-off");
  await walk.type({ Code: before[2] });
  const spent = await walk.press("Turn off");
  group.equals("the codes before count no more", spent.status(), 422);
  await walk.type({ Code: codes[0] });
  await walk.press("Turn off");
  await walk.see("the account says that it is off", page.getByText("Off: your password alone signs you in."));
  const again = await walk.another();
  await again.signIn(OWNER);
  again.isAt("the password alone signs in again", HOME_PATH);
  await again.end();
}
