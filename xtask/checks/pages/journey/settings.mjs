// What somebody does with the settings: general, operators, workspaces, mail and retention; and what others see of them.
import { createServer } from "node:net";

import { nameOf } from "../browser.mjs";
import { withHub } from "../hub.mjs";
import { becomesOwner } from "./hostile.mjs";
import { VIEWER } from "./people.mjs";
import { Walk } from "./walk.mjs";
import { workspaces } from "./workspaces.mjs";

const OPERATORS = "/admin/settings/operators";
const MAIL = "/admin/settings/mail";
const RETENTION = "/admin/settings/retention";
/** A mail address may hold all of this. */
const HOSTILE = `"><img/src=x/onerror=alert(1)>@shop.example`;
const COLLEAGUE = "eve@shop.example";
const REPLY = "<img src=x onerror=alert(1)> queued as 1A2B";

/** Walks through them with one kind of browser, on a hub of its own and then on one with a mail server. */
export function settings(report, browser, kind) {
  return report.group(`settings, ${nameOf(kind)}`).run(async (group) => {
    await withHub({}, (hub) => walks(group, browser, hub, kind, [operators, noMail, retention, looksOnly, workspaces]));
    await withMailServer((port) => withHub(mailSettings(port), (hub) => walks(group, browser, hub, kind, [mail])));
  });
}

async function walks(group, browser, hub, kind, parts) {
  const walk = await Walk.begin(group, browser, hub, kind);
  try {
    await becomesOwner(walk);
    for (const part of parts) await part(walk);
  } finally {
    await walk.end();
  }
}

function mailSettings(port) {
  return {
    "mail.server": "127.0.0.1",
    "mail.port": port,
    "mail.tls": "off",
    "mail.from": "Hub <hub@shop.example>",
    "mail.to": "ops@shop.example,on-call@shop.example",
  };
}

/** Somebody is added, gets another role and another password, and is removed. */
async function operators(walk) {
  const { page, group } = walk;
  await walk.open("/admin/workspace");
  await walk.look("settings-general");
  await walk.follow("Operators", page.getByRole("navigation", { name: "Settings" }));
  await walk.follow("Add operator");
  await walk.look("operator-new");
  await page.getByLabel("Email", { exact: true }).fill("eve@");
  // Without the browser's own check, which would keep the form here.
  await page.locator("form.panel").evaluate((form) => (form.noValidate = true));
  const refused = await walk.press("Add operator");
  group.equals("an address that is none is answered 422", refused.status(), 422);
  await walk.look("operator-error");
  await adds(walk, COLLEAGUE);
  await walk.look("operator-password");
  // With scripts the address is that of the list by now.
  if (!walk.kind.scripts) {
    await walk.leads("the page with the password is loaded again", () => page.reload());
    await walk.see("it says that the form was used", page.getByRole("status").filter({ hasText: "This form was used already." }));
    await walk.look("operator-again");
  }
  await adds(walk, HOSTILE);
  await walk.open(OPERATORS);
  group.equals("a hostile name is a text", await page.locator("[onerror]").count(), 0);
  await walk.see("it is shown as it is", page.getByText(HOSTILE.toLowerCase()));
  await walk.look("operators-some");
  await walk.follow(`Change role: ${COLLEAGUE}`);
  await page.getByLabel("Role", { exact: true }).selectOption("developer");
  await walk.look("operator-role");
  await walk.press("Change role");
  await walk.see("the page says that the role is changed", page.getByRole("status").filter({ hasText: "The role is changed." }));
  await walk.confirm({ link: `Reset password: ${COLLEAGUE}`, heading: "Reset password?", button: "Reset password", state: "operator-reset" });
  await walk.see("a new password is shown", page.locator("#first-password"));
  await walk.open(OPERATORS);
  await walk.confirm({ link: `Remove: ${COLLEAGUE}`, heading: "Remove?", button: "Remove", state: "operator-remove" });
  group.equals("who is removed is gone", await walk.rows(COLLEAGUE).count(), 0);
}

async function adds(walk, email) {
  await walk.open(`${OPERATORS}/new`);
  await walk.page.getByLabel("Email", { exact: true }).fill(email);
  await walk.page.locator("form.panel").evaluate((form) => (form.noValidate = true));
  await walk.press("Add operator");
  await walk.see("a first password is shown", walk.page.locator("#first-password"));
}

async function noMail(walk) {
  await walk.open(OPERATORS);
  await walk.follow("Mail", walk.page.getByRole("navigation", { name: "Settings" }));
  await walk.see("a hub without a mail server says how one is set", walk.page.getByText("No mail server is set"));
  await walk.look("mail-unset");
}

async function retention(walk) {
  await walk.follow("Retention", walk.page.getByRole("navigation", { name: "Settings" }));
  walk.isAt("the last tab is the retention", RETENTION);
  await walk.see("it says how long events are kept", walk.page.getByText("for 30 days", { exact: true }));
  await walk.look("retention");
}

/** Who may only look sees the same, and nothing to change it with. */
async function looksOnly(walk) {
  await walk.hub.addOperator(VIEWER.email, "viewer", VIEWER.password);
  const eye = await walk.another();
  await eye.signIn(VIEWER);
  await eye.open(OPERATORS);
  await eye.see("a viewer sees who administers", eye.page.getByText("Owners and admins can change this."));
  await eye.lacks("a viewer adds nobody", eye.page.getByRole("link", { name: "Add operator" }));
  await eye.lacks("a viewer changes nobody", eye.page.getByRole("link", { name: /^(Change role|Remove)/ }));
  await eye.look("operators-viewer");
  await eye.open(RETENTION);
  await eye.see("a viewer reads how long what is kept", eye.page.getByText("for 30 days", { exact: true }));
  await eye.end();
}

/** A test mail that is taken, one that is refused, and an address that is none. */
async function mail(walk) {
  const { page, group } = walk;
  await walk.open(MAIL);
  await walk.see("the server that is set is shown", page.getByText("127.0.0.1", { exact: true }));
  await walk.look("mail");
  await walk.press("Send a test mail");
  await walk.see("the answer of the server is shown", page.getByRole("status").filter({ hasText: REPLY }));
  group.equals("what the server says is a text", await page.locator("[onerror]").count(), 0);
  await walk.look("mail-sent");
  await walk.type({ "Send it to": "nobody@shop.example" });
  await walk.press("Send a test mail");
  await walk.see("a refusal is told with its code", page.getByRole("alert").filter({ hasText: "550" }));
  await walk.look("mail-refused");
  await walk.type({ "Send it to": "nobody@" });
  await page.locator("form.panel").evaluate((form) => (form.noValidate = true));
  const refused = await walk.press("Send a test mail");
  group.equals("an address that is none is answered 422", refused.status(), 422);
  await walk.look("mail-error");
  await walk.hub.addOperator(VIEWER.email, "viewer", VIEWER.password);
  const eye = await walk.another();
  await eye.signIn(VIEWER);
  await eye.open(MAIL);
  await eye.see("a viewer reads who can send a test", eye.page.getByText("Owners and admins can send a test mail."));
  await eye.lacks("a viewer sends none", eye.page.getByRole("button", { name: "Send a test mail" }));
  await eye.look("mail-viewer");
  await eye.end();
}

/** A mail server that takes everything but what is for `nobody`, and says something hostile to it. */
async function withMailServer(use) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    let [text, isMessage] = ["", false];
    const say = (line) => socket.write(`${line}\r\n`);
    say("220 check");
    socket.on("data", (bytes) => {
      text += bytes;
      for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (isMessage && line !== ".") continue;
        if (isMessage) say(`250 ${REPLY}`);
        else if (line === "DATA") say("354 go on");
        else if (line.startsWith("RCPT TO:<nobody")) say("550 5.1.1 no such user");
        else if (line.startsWith("QUIT")) socket.end("221 bye\r\n");
        else say("250 ok");
        isMessage = line === "DATA";
      }
    });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    return await use(server.address().port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  }
}
