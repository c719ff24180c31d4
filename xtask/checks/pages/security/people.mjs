// People as the checks by plain requests know them.
import { Visitor } from "../http.mjs";

/** Where a sign-in leads to. */
export const HOME_PATH = "/admin/overview";
export const KEYS_PATH = "/admin/developer/api-keys";
export const OWNER = { Email: "ada@example.com", Password: "seventeen blue teapots" };
export const VIEWER = { Email: "vera@example.com", Password: "nineteen green kettles" };

export const DEVELOPER = { Email: "dora@example.com", Password: "twenty violet ladders" };

/** The first owner of a hub, signed in. */
export async function owner(hub, options) {
  const visitor = new Visitor(hub.base, options);
  const token = new URL(await hub.setupUrl()).hash.slice(1);
  const answer = await visitor.submit("/admin/setup", "Create owner account", { "Setup token": token, ...OWNER });
  if (answer.status !== 303) throw new Error(`setting the hub up answered ${answer.status}`);
  return visitor;
}

/** Somebody who signs in by the page; the visitor, and what the page answered. */
export async function signIn(hub, who, options) {
  const visitor = new Visitor(hub.base, options);
  const answer = await visitor.submit("/admin/sign-in", "Sign in", who);
  return { visitor, answer };
}

/** Whether a visitor is signed in: the page of the keys is there. */
export async function isSignedIn(visitor) {
  return (await visitor.send(KEYS_PATH)).status === 200;
}

/** A key by the page. */
export async function generate(visitor, label) {
  const answer = await visitor.submit(KEYS_PATH, "Generate Key", { "Key Label": label });
  if (answer.status !== 200) throw new Error(`generating a key answered ${answer.status}`);
}
