// What the standard asks for and no other group looks at: that the API leads nobody to encryption, and that the log tells who was refused.
import { send } from "../http.mjs";
import { withHub } from "../hub.mjs";
import { OWNER, VIEWER, owner, signIn } from "./people.mjs";

const PUBLIC = "hub.example.com";
const WRONG = "a wrong password that nobody has";
const LOOKS_MAX = 200;

export function standard(report) {
  return report.group("the API redirects nobody, and the log tells who was refused").run(async (group) => {
    await withHub({ "server.public_url": `https://${PUBLIC}` }, (hub) => neverLeadsOn(group, hub));
    await withHub({ "log.format": "json" }, (hub) => tellsRefusals(group, hub));
  });
}

/** 4.1.2: a redirect would hide from a client that it has sent its key in the clear, and go on sending it so. */
async function neverLeadsOn(group, hub) {
  const token = await hub.issueKey();
  const asked = [
    ["GET", "/api/hub/v1/keys"],
    ["POST", "/api/hub/v1/keys"],
    ["GET", "/api/v1/transactions"],
    ["POST", "/api/v1/payment-intents"],
    ["GET", "/api/hub/v1/keys/"],
    ["GET", "/api/nothing"],
  ];
  for (const [method, path] of asked) {
    for (const proto of ["http", "https"]) {
      const headers = { host: PUBLIC, "x-forwarded-proto": proto, authorization: `Bearer ${token}`, "content-type": "application/json" };
      const answer = await send(hub.base + path, { method, headers, body: method === "POST" ? "{}" : undefined });
      const isRedirect = (answer.status >= 300 && answer.status < 400) || answer.headers.location !== undefined;
      group.holds(`${method} ${path} over ${proto} is answered and not led on`, !isRedirect, `${answer.status} ${answer.headers.location}`);
    }
  }
}

/** 16.3.1, 16.3.2, 16.2.5: failures and denials are told with the address and a code, and never with what was typed. */
async function tellsRefusals(group, hub) {
  await owner(hub);
  await hub.addOperator(VIEWER.Email, "viewer", VIEWER.Password);
  await signIn(hub, { ...OWNER, Password: WRONG });
  const failed = await logged(hub, "sign_in_wrong");
  group.holds("a failed sign-in is told by its code", failed !== undefined, hub.log().slice(-300));
  group.matches("it is told with the address that it came from", failed, /127\.0\.0\.1/);
  const { visitor } = await signIn(hub, VIEWER);
  const form = await visitor.form("/admin/account", "Change password");
  const fields = form.filled({ "Current password": WRONG, "New password": "thirty orange saddles" });
  const refused = await visitor.post(form.action, fields);
  group.equals("a wrong current password is answered 422", refused.status, 422);
  group.matches("it is told with who has asked", await logged(hub, "a change of password was refused"), /operator\.id/);
  const denied = await visitor.post("/admin/workspace", { token: fields.token, name: "Mine", time_zone: "UTC" });
  group.equals("what the role does not allow is answered 403", denied.status, 403);
  const typed = [WRONG, OWNER.Password, VIEWER.Password, "thirty orange saddles"];
  group.equals("no password is in the log", typed.filter((text) => hub.log().includes(text)), []);
}

/** The line of the log that holds a text; it is written a little after the answer that it tells of. */
async function logged(hub, text) {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const line = hub.log().split("\n").find((line) => line.includes(text));
    if (line !== undefined) return line;
    await send(`${hub.base}/readyz`);
  }
  return undefined;
}
