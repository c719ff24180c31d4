// Sessions: who begins one, what it is known by, and when it is over.
import { Visitor } from "../http.mjs";
import { withHub } from "../hub.mjs";
import { HOME_PATH, KEYS_PATH, OWNER, isSignedIn, owner, signIn } from "./people.mjs";

const BITS_MIN = 128;
/** Where a sign-in must not lead on to. */
const ELSEWHERE = [
  "//evil.example",
  "https://evil.example/admin/",
  "/\\evil.example",
  "/admin//evil.example",
  "javascript:alert(1)",
  "/\t/evil.example",
];
/** From the address of the hub to where one is led. */
const STEPS_MAX = 4;
const PAGES = [KEYS_PATH, "/admin/account", "/admin/workspace"];

export function sessions(report) {
  return report.group("sessions belong to whoever has signed in").run((group) =>
    withHub({}, async (hub) => {
      await withoutOwner(group, hub);
      const ada = await setupOnce(group, hub);
      await strangers(group, hub);
      await cookies(group, hub, ada);
      await renews(group, hub);
      await signsOut(group, hub);
      await leadsOn(group, hub);
    }),
  );
}

/** 6.3.2: a new hub has no account. */
async function withoutOwner(group, hub) {
  group.equals("a new hub has no account", (await hub.command(["operators", "list"])).trim(), "");
  const visitor = new Visitor(hub.base);
  for (const path of ["/", "/admin", "/admin/sign-in", ...PAGES]) {
    let at = path;
    for (let step = 0; step < STEPS_MAX && at !== "/admin/setup"; step += 1) at = (await visitor.send(at)).headers.location ?? "nowhere";
    group.equals(`without an owner ${path} leads to the setup`, at, "/admin/setup");
  }
}

/** The setup token is worth one owner. */
async function setupOnce(group, hub) {
  const token = new URL(await hub.setupUrl()).hash.slice(1);
  const [first, second, guessing] = [1, 2, 3].map(() => new Visitor(hub.base));
  const late = await second.form("/admin/setup", "Create owner account");
  const guess = await guessing.submit("/admin/setup", "Create owner account", { "Setup token": "A".repeat(43), ...OWNER });
  group.equals("a wrong setup token makes no owner", [guess.status, guessing.session], [422, undefined]);
  const weak = await guessing.submit("/admin/setup", "Create owner account", { "Setup token": token, ...OWNER, Password: "too short" });
  group.equals("a weak password makes no owner", [weak.status, guessing.session], [422, undefined]);
  const made = await first.submit("/admin/setup", "Create owner account", { "Setup token": token, ...OWNER });
  group.equals("the setup token makes the owner", [made.status, made.headers.location], [303, HOME_PATH]);
  const eve = { "Setup token": token, Email: "eve@example.com", Password: "nineteen green kettles" };
  const spent = await second.post(late.action, late.filled(eve));
  group.holds("a spent setup token makes no second owner", spent.status >= 300 && second.session === undefined, `${spent.status}`);
  const after = await second.send("/admin/setup");
  group.matches("with an owner the setup leads to the sign-in page", `${after.status} ${after.headers.location}`, /^303 \/admin\/sign-in/);
  group.equals("there is one account", (await hub.command(["operators", "list"])).trim().split("\n").length, 1);
  group.holds("the setup token is in no log", !hub.log().includes(token));
  return first;
}

/** No page without a session, and none with a made-up one. */
async function strangers(group, hub) {
  const forged = ["A".repeat(43), "", "x".repeat(5_000), "../../etc/passwd", "%00"];
  for (const path of PAGES) {
    const answer = await new Visitor(hub.base).send(path);
    group.matches(`${path} leads a stranger to the sign-in page`, `${answer.status} ${answer.headers.location}`, /^303 \/admin\/sign-in/);
    for (const value of forged) {
      const visitor = new Visitor(hub.base);
      visitor.jar.set("devhub_session", value);
      group.equals(`a made-up session of ${value.length} characters opens no ${path}`, await isSignedIn(visitor), false);
    }
  }
}

/** 3.3 and 7.2.3: the cookie's attributes on this machine without encryption, and how much chance is in it. */
async function cookies(group, hub, ada) {
  const { answer, visitor } = await signIn(hub, OWNER);
  const line = answer.cookies.find((cookie) => cookie.startsWith("devhub_session="));
  const [, ...attributes] = (line ?? "").split("; ");
  group.equals("the cookie of a session has its attributes and no others", [...attributes].sort(), ["HttpOnly", "Path=/", "SameSite=Lax"]);
  group.equals("only the session's cookie is kept from a guest's", answer.cookies.filter((cookie) => cookie.includes("session")).length, 1);
  const bits = Buffer.from(visitor.session ?? "", "base64url").length * 8;
  group.holds("a session's token has 128 bits at least", bits >= BITS_MIN, `${bits} bits`);
  group.holds("no two sessions have one token", visitor.session !== ada.session);
}

/** 7.2.4: whoever signs in gets a new session, and the one before is over. */
async function renews(group, hub) {
  const { visitor } = await signIn(hub, OWNER);
  const before = visitor.session;
  const again = new Visitor(hub.base);
  const form = await again.form("/admin/sign-in", "Sign in");
  again.jar.set("devhub_session", before);
  await again.post(form.action, form.filled(OWNER));
  group.holds("a sign-in over a session begins a new one", again.session !== before, "the token is the same");
  const old = new Visitor(hub.base);
  old.jar.set("devhub_session", before);
  group.equals("the session before is over", await isSignedIn(old), false);
  const planted = new Visitor(hub.base);
  planted.jar.set("devhub_session", "B".repeat(43));
  await planted.submit("/admin/sign-in", "Sign in", OWNER);
  group.holds("a planted token is not taken over", planted.session !== "B".repeat(43) && (await isSignedIn(planted)));
}

/** 7.4.1: after signing out the token is worth nothing, here or anywhere. */
async function signsOut(group, hub) {
  const { visitor } = await signIn(hub, OWNER);
  const kept = visitor.session;
  const answer = await visitor.submit(KEYS_PATH, "Sign out", {});
  group.matches("signing out leads to the sign-in page", `${answer.status} ${answer.headers.location}`, /^303 \/admin\/sign-in/);
  group.equals("the browser is told to forget the cookie", visitor.session, undefined);
  const thief = new Visitor(hub.base);
  thief.jar.set("devhub_session", kept);
  group.equals("a copy of the cookie is worth nothing afterwards", await isSignedIn(thief), false);
}

/** After signing in one is led to a page of ours and to nobody else's. */
async function leadsOn(group, hub) {
  for (const next of ELSEWHERE) {
    const visitor = new Visitor(hub.base);
    const answer = await visitor.submit(`/admin/sign-in?next=${encodeURIComponent(next)}`, "Sign in", OWNER);
    group.equals(`a sign-in does not lead to ${JSON.stringify(next)}`, [answer.status, answer.headers.location], [303, HOME_PATH]);
    const again = new Visitor(hub.base);
    const form = await again.form("/admin/sign-in", "Sign in");
    const posted = await again.post(`/admin/sign-in?next=${encodeURIComponent(next)}`, [...form.filled(OWNER), ["next", next]]);
    group.equals(`nor when its form says ${JSON.stringify(next)}`, [posted.status, posted.headers.location], [303, HOME_PATH]);
  }
  const visitor = new Visitor(hub.base);
  const asked = await visitor.send("/admin/account");
  const answer = await visitor.submit(asked.headers.location, "Sign in", OWNER);
  group.equals("a sign-in leads to the page that was asked for", [answer.status, answer.headers.location], [303, "/admin/account"]);
}
