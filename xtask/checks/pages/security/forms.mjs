// Forms: only our own pages send them, only for whoever may, and nothing but a form changes anything.
import { linkOf, textOf } from "../html.mjs";
import { withHub } from "../hub.mjs";
import { DEVELOPER, KEYS_PATH, OWNER, VIEWER, generate, isSignedIn, owner, signIn } from "./people.mjs";

const LABEL = "Till";
const WEBHOOKS_PATH = "/admin/developer/webhooks";
const ENDPOINT = { URL: "https://shop.example/hook", "More events (optional)": "*" };
/** What is done with an endpoint. */
const OF_ENDPOINTS = ["add an endpoint", "edit an endpoint", "pause an endpoint", "delete an endpoint", "show a secret", "rotate a secret", "send a test"];
const FORM_BYTES = 2_000_000;
/** What names one thing in a path. */
const ID = /[a-z]+_[0-9a-z]{20,}/;

export function forms(report) {
  return report.group("only our own forms change anything").run((group) =>
    withHub({}, async (hub) => {
      const ada = await owner(hub);
      await generate(ada, LABEL);
      await ada.submit(`${WEBHOOKS_PATH}/new`, "Add endpoint", ENDPOINT);
      await hub.addOperator(VIEWER.Email, "viewer", VIEWER.Password);
      await hub.addOperator(DEVELOPER.Email, "developer", DEVELOPER.Password);
      const other = (await signIn(hub, OWNER)).visitor;
      const before = await state(hub, ada);
      const all = await everyForm(ada);
      for (const one of all) await refusesForeign(group, ada, other, one);
      await refusesGuests(group, hub);
      for (const one of all) await neverByGet(group, ada, one);
      await oddBodies(group, ada, all[0]);
      await mayNot(group, hub, all, VIEWER, ["generate a key", "lock a key", "revoke a key", "change the workspace", ...OF_ENDPOINTS]);
      await mayNot(group, hub, all, DEVELOPER, ["change the workspace"]);
      await foreignIds(group, ada, all);
      group.equals("after all of this nothing has changed", await state(hub, ada), before);
      group.equals("and whoever was signed in still is", await isSignedIn(ada), true);
    }),
  );
}

/** What must stay as it is. */
async function state(hub, ada) {
  const [keys, operators] = await Promise.all([hub.command(["keys", "list"]), hub.command(["operators", "list"])]);
  const endpoint = endpointOf((await ada.send(WEBHOOKS_PATH)).text);
  return [keys, operators, textOf((await ada.send(endpoint)).text)];
}

/** Where the page of the only endpoint is. */
function endpointOf(list) {
  return list.match(/href="([^"]*\/whe_[0-9a-v]+)"/)?.[1];
}

/** Every form of a signed-in owner: where it is, what its button says, and what one would fill in. */
async function everyForm(ada) {
  const list = (await ada.send(KEYS_PATH)).text;
  const account = (await ada.send("/admin/account")).text;
  const session = account.match(/href="([^"]*\/sessions\/[^"]*)"/)?.[1];
  const endpoint = endpointOf((await ada.send(WEBHOOKS_PATH)).text);
  const secret = (await ada.send(endpoint)).text.match(/href="([^"]*\/reveal)"/)?.[1];
  const passwords = { "Current password": OWNER.Password, "New password": "eleven copper lanterns" };
  const places = [
    ["generate a key", KEYS_PATH, "Generate Key", { "Key Label": "Forged" }],
    ["lock a key", linkOf(list, `Lock ${LABEL}`), "Lock key", {}],
    ["revoke a key", linkOf(list, `Revoke ${LABEL}`), "Revoke key", {}],
    ["end a session", session?.replaceAll("&amp;", "&"), "End session", {}],
    ["change the password", "/admin/account", "Change password", passwords],
    ["add an endpoint", `${WEBHOOKS_PATH}/new`, "Add endpoint", { ...ENDPOINT, URL: "https://forged.example/" }],
    ["edit an endpoint", `${endpoint}/edit`, "Save", { URL: "https://forged.example/" }],
    ["pause an endpoint", `${endpoint}/pause`, "Pause endpoint", {}],
    ["delete an endpoint", `${endpoint}/delete`, "Delete endpoint", {}],
    ["show a secret", secret, "Show secret", {}],
    ["rotate a secret", `${endpoint}/secrets/rotate`, "Rotate secret", {}],
    ["send a test", `${endpoint}/test`, "Send test", {}],
    ["confirm the password", "/admin/confirm-password", "Confirm password", { Password: OWNER.Password }],
    ["change the workspace", "/admin/workspace", "Save", { Name: "Forged" }],
    ["sign out", KEYS_PATH, "Sign out", {}],
  ];
  return Promise.all(places.map(async ([what, path, button, values]) => {
    if (path === undefined) throw new Error(`there is no link to ${what}`);
    const form = await ada.form(path, button);
    return { what, path, button, action: form.action, fields: form.filled(values) };
  }));
}

/** 3.5: without the session's own token, or from elsewhere, a form is refused. */
async function refusesForeign(group, ada, other, { what, path, button, action, fields }) {
  const without = fields.filter(([name]) => name !== "token");
  const theirs = (await other.form(path, button)).hidden("token");
  const tokens = [
    ["without a token", without],
    ["with an empty token", [...without, ["token", ""]]],
    ["with a made-up token", [...without, ["token", "A".repeat(86)]]],
    ["with another session's token", [...without, ["token", theirs]]],
  ];
  for (const [how, changed] of tokens) {
    const answer = await ada.post(action, changed);
    group.equals(`to ${what} ${how} is refused`, answer.status, 403);
  }
  const origins = [
    ["another origin", { origin: "https://evil.example" }],
    ["no origin of its own", { origin: "null" }],
    ["another port", { origin: "http://127.0.0.1:1" }],
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["a neighbour's site", { "sec-fetch-site": "same-site" }],
  ];
  for (const [whose, headers] of origins) {
    const answer = await ada.post(action, fields, headers);
    group.equals(`to ${what} from a page of ${whose} is refused`, answer.status, 403);
  }
}

/** The sign-in too: nobody is signed in as somebody else by another site. */
async function refusesGuests(group, hub) {
  const { visitor } = await signIn(hub, { ...OWNER, Password: "not the password" });
  const form = await visitor.form("/admin/sign-in", "Sign in");
  const without = form.filled(OWNER).filter(([name]) => name !== "token");
  const refused = [
    ["without a token", without, {}],
    ["with a made-up token", [...without, ["token", "A".repeat(86)]], {}],
    ["from a page of another origin", form.filled(OWNER), { origin: "https://evil.example" }],
    ["from a page of another site", form.filled(OWNER), { "sec-fetch-site": "cross-site" }],
  ];
  for (const [how, fields, headers] of refused) {
    const answer = await visitor.post(form.action, fields, headers);
    group.equals(`to sign in ${how} is refused`, [answer.status, visitor.session], [403, undefined]);
  }
}

/** The same by GET, and by methods that no form has. */
async function neverByGet(group, ada, { what, action, fields }) {
  const query = new URLSearchParams(fields).toString();
  const got = await ada.send(`${action}${action.includes("?") ? "&" : "?"}${query}`);
  group.holds(`to ${what} by GET does nothing`, [200, 303, 404, 405].includes(got.status), `${got.status}`);
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    const head = { origin: ada.base, "content-type": "application/x-www-form-urlencoded" };
    const answer = await ada.send(action, { method, headers: head, body: query });
    group.holds(`to ${what} by ${method} is refused`, [403, 404, 405, 501].includes(answer.status), `${answer.status}`);
  }
}

/** Bodies that no form of ours has. */
async function oddBodies(group, ada, { action, fields }) {
  const large = await ada.post(action, [...fields, ["more", "x".repeat(FORM_BYTES)]]);
  group.equals("a form that is too large is refused", large.status, 413);
  const body = JSON.stringify(Object.fromEntries(fields));
  for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x"]) {
    const answer = await ada.post(action, fields, { "content-type": type });
    group.holds(`a form as ${type} is refused`, answer.status >= 400 && answer.status < 500, `${answer.status}`);
  }
  const json = await ada.send(action, { method: "POST", headers: { origin: ada.base, "content-type": "application/json" }, body });
  group.holds("JSON is no form", json.status >= 400 && json.status < 500, `${json.status}`);
}

/** 8.3: what somebody is not shown, that person cannot do by hand either. */
async function mayNot(group, hub, all, who, actions) {
  const { visitor } = await signIn(hub, who);
  const token = (await visitor.form("/admin/account", "Change password")).hidden("token");
  for (const { what, path, action, fields } of all.filter((one) => actions.includes(one.what))) {
    const own = fields.map(([name, value]) => (name === "token" ? [name, token] : [name, value]));
    const answer = await visitor.post(action, own);
    group.equals(`${who.Email} who tries to ${what} by hand is refused`, answer.status, 403);
    group.holds(`the refusal to ${what} is a page`, answer.text.includes("<h1"), answer.text.slice(0, 120));
    if (action === path) continue;
    const asked = await visitor.send(path);
    group.equals(`${who.Email} is not even asked whether to ${what}`, asked.status, 403);
  }
}

/** 8.2.2: what is not one's own is not there. */
async function foreignIds(group, ada, all) {
  for (const what of ["lock a key", "end a session", "pause an endpoint", "show a secret"]) {
    const { path, action, fields } = all.find((one) => one.what === what);
    // One that has the shape, and that nobody has.
    const other = (text) => text.replace(ID, (id) => id.replace(/[0-9a-v]{4}$/, (end) => (end === "1118" ? "2228" : "1118")));
    group.equals(`to ${what} that is not there is answered 404`, (await ada.send(other(path))).status, 404);
    group.equals(`to ${what} that is not there by a form too`, (await ada.post(other(action), fields)).status, 404);
    const nonsense = action.replace(ID, "%3Cscript%3E");
    group.equals(`an id that is none is answered 404 to ${what}`, (await ada.post(nonsense, fields)).status, 404);
  }
}
