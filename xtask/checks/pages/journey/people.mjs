// Who comes to a hub: the first owner, a viewer, somebody who leaves, somebody who guesses passwords.
import { Visitor, send } from "../http.mjs";
import { HOME_PATH, KEYS_PATH, OWNER } from "./walk.mjs";

export const VIEWER = { email: "vera@example.com", password: "nineteen green kettles" };
/** The owner's password after it was changed on the way. */
export const NEW_PASSWORD = "eleven copper lanterns";
/** What one account may fail at one address before it waits. */
const FAILURES = 5;

/** The first owner: a wrong token and a weak password are told; the right ones lead to the keys, of which there are none. */
export async function setUp(walk) {
  const { page, group } = walk;
  const address = new URL(await walk.hub.setupUrl());
  const token = address.hash.slice(1);
  group.matches("the setup token has 43 characters", token, /^[\w-]{43}$/);
  await walk.open("/admin");
  walk.isAt("a hub without an owner leads to its setup", "/admin/setup");
  await walk.see("the setup has its heading", page.getByRole("heading", { level: 1, name: "Set up this hub" }));
  await walk.look("setup");
  await walk.type({ "Setup token": "A".repeat(43), Email: OWNER.email, Password: OWNER.password });
  const wrong = await walk.press("Create owner account");
  group.equals("a wrong setup token is answered 422", wrong.status(), 422);
  await walk.look("setup-wrong-token");
  await opensSetup(walk, address, token);
  await walk.type({ Email: OWNER.email, Password: "Password1234" });
  const weak = await walk.press("Create owner account");
  group.equals("a predictable password is answered 422", weak.status(), 422);
  group.equals("the mail address stays as it was typed", await page.getByRole("textbox", { name: "Email" }).inputValue(), OWNER.email);
  await walk.look("setup-weak-password");
  await opensSetup(walk, address, token);
  await walk.type({ Email: OWNER.email, Password: OWNER.password });
  await walk.press("Create owner account");
  walk.isAt("the new owner is led to the overview", HOME_PATH);
  await walk.see("it tells what to do first", page.getByRole("heading", { level: 2, name: "First steps" }));
  await walk.look("overview-empty");
  await walk.follow("Create an API key");
  walk.isAt("the first step leads to the keys", KEYS_PATH);
  await walk.see("a hub without keys says so", page.getByText("No API keys yet"));
  await walk.look("keys-empty");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  group.equals("the first step by keyboard leads past the menu", await skip.evaluate((link) => link === document.activeElement), true);
}

/** Opens the address that the hub has printed, also over a page that is open already; without scripts the token is typed. */
async function opensSetup(walk, address, token) {
  const { page, group } = walk;
  await group.does("the address that was printed opens", () => page.goto(address.href));
  if (!walk.kind.scripts) return walk.type({ "Setup token": token });
  const field = await page.getByRole("textbox", { name: "Setup token" }).elementHandle();
  const isFilled = ([input, text]) => input.value === text;
  await group.does("the token behind the # is filled in", () => page.waitForFunction(isFilled, [field, token]));
  group.equals("the token leaves the address", new URL(page.url()).hash, "");
}

/** Who may only look sees no form and no actions. */
export async function viewer(walk) {
  await walk.hub.addOperator(VIEWER.email, "viewer", VIEWER.password);
  const eye = await walk.another();
  await eye.signIn(VIEWER);
  eye.isAt("a viewer is led to the overview", HOME_PATH);
  await eye.open(KEYS_PATH);
  await eye.see("a viewer sees the keys", eye.page.getByRole("heading", { name: "Existing Keys" }));
  await eye.lacks("a viewer has no form for keys", eye.page.getByRole("button", { name: "Generate Key" }));
  await eye.lacks("a viewer has no action on a key", eye.page.getByRole("link", { name: /^(Lock|Unlock|Revoke) / }));
  await eye.look("keys-viewer");
  await eye.open("/admin/workspace");
  await eye.lacks("a viewer saves no workspace", eye.page.getByRole("button", { name: "Save" }));
  await eye.look("workspace-viewer");
  await eye.end();
}

/** Signing out ends the session; what is guessed afterwards is refused, and has to wait. */
export async function signsOut(walk) {
  const { page, group } = walk;
  const cookie = await walk.cookie();
  await walk.open("/admin/account");
  await group.does("the account's menu opens", () => page.getByRole("button", { name: `Account: ${OWNER.email}` }).click());
  await walk.see("the menu leads to the account", page.getByRole("banner").getByRole("link", { name: "Your account" }));
  await walk.look("menu");
  await walk.press("Sign out");
  walk.isAt("signing out leads to the sign-in page", "/admin/sign-in");
  await walk.see("the page says that one is signed out", page.getByText("You are signed out."));
  await walk.look("signed-out");
  const old = await send(walk.hub.base + KEYS_PATH, { headers: { cookie } });
  group.matches("the old cookie leads to the sign-in page", `${old.status} ${old.headers.location}`, /^303 \/admin\/sign-in/);
  await guesses(walk);
  await walk.signIn({ ...OWNER, password: NEW_PASSWORD });
  walk.isAt("the owner signs in while somebody else has to wait", HOME_PATH);
}

/** The first guess and the last by the page; those between are the same, and need no browser. */
async function guesses(walk) {
  const { page, group } = walk;
  const first = await walk.signIn({ email: "nobody@example.com", password: "guess number 1" });
  group.equals("a guess is answered 422", first.status(), 422);
  await walk.see("a wrong password is told", page.getByRole("alert").filter({ hasText: "Email or password is wrong" }));
  await walk.look("sign-in-wrong");
  const guesser = new Visitor(walk.hub.base);
  for (let guess = 2; guess <= FAILURES; guess += 1) {
    const answer = await guesser.submit("/admin/sign-in", "Sign in", { Email: "nobody@example.com", Password: `guess number ${guess}` });
    group.equals(`guess ${guess} is answered 422`, answer.status, 422);
  }
  const answer = await walk.signIn({ email: "nobody@example.com", password: "one guess more" });
  group.equals("whoever guesses on has to wait", answer.status(), 429);
  group.matches("the answer says how long", await answer.headerValue("retry-after"), /^[1-9]\d*$/);
  await walk.see("the page says so", page.getByRole("alert"));
  await walk.look("sign-in-throttled");
}
