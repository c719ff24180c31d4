// What every answer says to the browser, and how files are kept.
import { send, Visitor } from "../http.mjs";
import { filesOf } from "../html.mjs";
import { withHub } from "../hub.mjs";
import { KEYS_PATH, owner } from "./people.mjs";

const POLICY = [
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'",
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
].join("; ");
const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};
const HUB = ["/admin/developer/webhooks", "/admin/developer/webhooks/new", "/admin/developer/deliveries", "/admin/confirm-password"];
const KEPT = "public, max-age=31536000, immutable";

export function answers(report) {
  return report.group("every answer tells the browser what it may do").run((group) =>
    withHub({}, async (hub) => {
      const stranger = new Visitor(hub.base);
      await tells(group, stranger, "/admin/setup", 200);
      const ada = await owner(hub);
      for (const path of [KEYS_PATH, "/admin/account", "/admin/workspace", `${KEYS_PATH}?q=nothing`, ...HUB]) {
        await tells(group, ada, path, 200);
      }
      await tells(group, stranger, "/admin/sign-in", 200);
      await tells(group, stranger, KEYS_PATH, 303);
      await tells(group, ada, "/admin", 303);
      await tells(group, ada, "/", 303);
      await tells(group, ada, "/admin/no-such-page", 404);
      await tells(group, ada, `${KEYS_PATH}?after=no-such-key`, undefined);
      await tellsRefused(group, ada);
      await files(group, ada, stranger);
    }),
  );
}

/** Notes what an answer says; a page says what language and letters it has. */
async function tells(group, visitor, path, status) {
  const answer = await visitor.send(path, { headers: { "accept-encoding": "gzip" } });
  const who = visitor.session === undefined ? "a stranger" : "an owner";
  if (status !== undefined) group.equals(`${path} answers ${who} with ${status}`, answer.status, status);
  else group.holds(`${path} answers ${who} without a failure of its own`, answer.status < 500, `${answer.status}`);
  says(group, `${path} for ${who}`, answer);
}

async function tellsRefused(group, ada) {
  const refused = await ada.post(KEYS_PATH, [["token", "none"]]);
  group.equals("a form without its token answers 403", refused.status, 403);
  says(group, "a refused form", refused);
}

function says(group, what, answer) {
  for (const [name, value] of Object.entries(HEADERS)) group.equals(`${what} says ${name}`, answer.headers[name], value);
  group.equals(`${what} asks for no encryption where there is none`, answer.headers["strict-transport-security"], undefined);
  group.equals(`${what} tells nobody which program answers`, answer.headers.server, undefined);
  if (answer.status === 303) return;
  group.equals(`${what} is a page`, answer.headers["content-type"], "text/html; charset=utf-8");
  group.matches(`${what} names its language`, answer.text.slice(0, 300), /^<!doctype html>\s*<html[^>]* lang="?en/i);
}

/** Files have an address that changes with them, so that they are kept for ever, and are sent packed. */
async function files(group, ada, stranger) {
  const pages = await Promise.all([ada.send(KEYS_PATH), stranger.send("/admin/sign-in")]);
  const paths = [...new Set(pages.flatMap((page) => filesOf(page.text)))];
  group.holds("the pages have files", paths.some((path) => path.endsWith(".css")) && paths.some((path) => path.endsWith(".js")), paths);
  for (const path of paths) {
    const packed = await send(ada.base + path, { headers: { "accept-encoding": "gzip" } });
    const plain = await send(ada.base + path, { headers: { "accept-encoding": "identity" } });
    group.equals(`${path} is there`, [packed.status, plain.status], [200, 200]);
    group.equals(`${path} is kept for a year and never asked for again`, packed.headers["cache-control"], KEPT);
    group.equals(`${path} is what it says`, packed.headers["x-content-type-options"], "nosniff");
    group.equals(`${path} belongs to our pages`, packed.headers["cross-origin-resource-policy"], "same-origin");
    if (!/\.(css|js|svg)$/.test(path)) continue;
    group.equals(`${path} is sent packed to whoever can unpack it`, packed.headers["content-encoding"], "gzip");
    group.matches(`${path} tells caches that it comes in two ways`, packed.headers.vary, /accept-encoding/i);
    group.equals(`${path} is sent as it is to others`, plain.headers["content-encoding"], undefined);
    group.holds(`${path} is the same both ways`, packed.text === plain.text);
  }
  await noFiles(group, ada.base, paths[0]);
}

/** What is no file of ours is not there, whatever its path says. */
async function noFiles(group, base, path) {
  const folder = path.slice(0, path.lastIndexOf("/"));
  for (const other of ["no-such-file.css", "..%2f..%2fCargo.toml", "%2e%2e/%2e%2e/etc/passwd", "..\\..\\hub.db", ""]) {
    const answer = await send(`${base}${folder}/${other}`);
    group.equals(`${folder}/${other} is not there`, answer.status, 404);
    group.holds("what is not there is not kept", !/immutable/.test(answer.headers["cache-control"] ?? ""), answer.headers["cache-control"]);
  }
}
