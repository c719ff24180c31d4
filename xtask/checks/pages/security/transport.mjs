// Encryption: what the pages do with it, without it, and behind a proxy that says that there is some.
import { spawn } from "node:child_process";
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";

import { send, Visitor } from "../http.mjs";
import { textOf } from "../html.mjs";
import { finished, withFolder, withHub } from "../hub.mjs";
import { KEYS_PATH, OWNER, isSignedIn, owner, signIn } from "./people.mjs";

const NOT_ENCRYPTED = "This connection is not encrypted";
const PUBLIC = "hub.example.com";
const SECURE = ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"];

/** With a certificate of its own. */
export function encrypted(report, browser) {
  return report.group("with encryption cookies never leave it").run((group) =>
    withFolder(async (folder) => {
      const { certificate, key } = await makeCertificate(folder);
      const settings = { "server.tls_certificate_file": certificate, "server.tls_key_file": key };
      await withHub(settings, async (hub) => {
        group.matches("the hub speaks https", hub.base, /^https:\/\//);
        const ca = await readFile(certificate);
        await owner(hub, { ca });
        await sendsSecure(group, hub, { ca });
        await inBrowser(group, hub, browser);
      });
    }),
  );
}

/** A certificate for this machine that it has signed itself. */
async function makeCertificate(folder) {
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const pair = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:hub.example.com"];
  const files = ["-keyout", key, "-out", certificate];
  await finished(spawn("openssl", [...pair, ...names, ...files], { stdio: ["ignore", "pipe", "pipe"] }));
  await chmod(key, 0o600);
  return { certificate, key };
}

async function sendsSecure(group, hub, options) {
  const { answer, visitor } = await signIn(hub, OWNER, options);
  isSecure(group, answer);
  // Other programs answer to the names of this machine as well.
  group.equals("this machine is not bound to https", answer.headers["strict-transport-security"], undefined);
  const named = await send(`${hub.base}/admin/sign-in`, { ...options, headers: { host: PUBLIC } });
  group.matches("the browser is told to ask for nothing but https", named.headers["strict-transport-security"], /^max-age=\d{8,}/);
  group.equals("the session opens the pages", await isSignedIn(visitor), true);
  const copy = new Visitor(hub.base, options);
  copy.jar.set("devhub_session", visitor.session);
  group.equals("under the name that is used without encryption it opens none", await isSignedIn(copy), false);
}

/** 3.3.1 and 3.3.3. */
function isSecure(group, answer) {
  const lines = answer.cookies.filter((line) => line.includes("session="));
  group.equals("one cookie of a session is set", lines.length, 1);
  group.matches("its name keeps other names of the domain from setting it", lines[0], /^__Host-devhub_session=/);
  group.equals("it never leaves encryption", (lines[0] ?? "").split("; ").slice(1).sort(), SECURE);
}

/** A browser is stricter about such cookies than any library. */
async function inBrowser(group, hub, browser) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  try {
    const page = await context.newPage();
    await group.does("a browser signs in over https", async () => {
      await page.goto(`${hub.base}/admin/sign-in`);
      await page.getByRole("textbox", { name: "Email" }).fill(OWNER.Email);
      await page.getByLabel("Password", { exact: true }).fill(OWNER.Password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    });
    const cookies = await context.cookies();
    const session = cookies.find(({ name }) => name === "__Host-devhub_session");
    const kept = [session?.secure, session?.httpOnly, session?.sameSite];
    group.equals("the browser keeps the cookie as it is meant", kept, [true, true, "Lax"]);
  } finally {
    await context.close();
  }
}

/** Without a certificate: on this machine, from another one, and behind a proxy. */
export function proxied(report) {
  return report.group("without encryption only this machine and trusted proxies get pages").run(async (group) => {
    await withHub({}, (hub) => untrusted(group, hub));
    await withHub({ "server.trusted_proxies": "127.0.0.1/32" }, (hub) => trusted(group, hub));
  });
}

/** Who is no trusted proxy cannot say that there is encryption. */
async function untrusted(group, hub) {
  await owner(hub);
  const says = { "x-forwarded-proto": "https" };
  const { answer } = await signIn(hub, OWNER);
  const line = answer.cookies.find((cookie) => cookie.includes("session="));
  group.matches("without encryption the cookie is one for this machine", line, /^devhub_session=(?!.*Secure)/);
  const unknown = await send(`${hub.base}/admin/sign-in`, { headers: says });
  group.equals("who is not trusted gets no page for what it passes on", unknown.status, 403);
  for (const host of [PUBLIC, "192.168.1.5:8780", "127.0.0.1.example.com", "localhost.example.com"]) {
    for (const path of ["/admin/sign-in", KEYS_PATH, "/admin"]) {
      const refused = await send(hub.base + path, { headers: { host, ...says } });
      group.equals(`under the name ${host} ${path} is refused`, refused.status, 403);
      const text = textOf(refused.text);
      group.holds(`under the name ${host} ${path} says why`, text.includes(NOT_ENCRYPTED), text.slice(0, 200));
      group.equals(`under the name ${host} ${path} sets no cookie`, refused.cookies, []);
    }
  }
  const ready = await send(`${hub.base}/readyz`, { headers: { host: PUBLIC } });
  group.equals("the API's own addresses are not concerned", ready.status, 200);
}

/** A trusted proxy is believed. */
async function trusted(group, hub) {
  const behind = { host: PUBLIC, "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9", origin: `https://${PUBLIC}` };
  await owner(hub, { headers: behind });
  const visitor = new Visitor(hub.base, { headers: behind });
  const form = await visitor.form("/admin/sign-in", "Sign in");
  const answer = await visitor.post(form.action, form.filled(OWNER), { origin: `https://${PUBLIC}` });
  group.equals("behind a trusted proxy one signs in", answer.status, 303);
  isSecure(group, answer);
  const foreign = await visitor.post(form.action, form.filled(OWNER), { origin: `http://${PUBLIC}` });
  group.equals("the same name without encryption is another origin", foreign.status, 403);
  const account = await visitor.send("/admin/account");
  group.holds("the session tells the address that the proxy tells", account.text.includes("203.0.113.9"));
  const plain = await send(`${hub.base}/admin/sign-in`, { headers: { ...behind, "x-forwarded-proto": "http" } });
  group.equals("what the proxy has got without encryption is refused", plain.status, 403);
  const several = await send(`${hub.base}/admin/sign-in`, { headers: { ...behind, "x-forwarded-proto": "https, http" } });
  group.equals("of several words the nearest proxy's counts", several.status, 403);
}
