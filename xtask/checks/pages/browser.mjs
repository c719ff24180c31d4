// A browser, and contexts that notice whatever goes wrong in their pages.
import { createRequire } from "node:module";
import { join } from "node:path";

import { ROOT } from "./hub.mjs";

/** The folder of what tests are made with. */
export const TOOLS = process.env.DEVHUB_TEST_TOOLS ?? join(ROOT, "target/tools");
const require = createRequire(join(TOOLS, "npm/"));
const { chromium } = require("playwright-core");

/** Where a package of ours stands. */
export function packageFile(path) {
  return require.resolve(path);
}

/** Debian's Chromium without a window. The one with a window draws that too where nobody sees it, sixty times a second while a page loads:
 * the first paint of a page comes a third later, and the checks take a quarter longer. */
export const BROWSER = "chromium-headless-shell";
/** No GPU, no sandbox for root in a container, and not one request of the browser's own. */
export const SWITCHES = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
/** A page of a hub on the same machine is there in a fraction of this, however busy the machine is. */
const STEP_MS_MAX = 15_000;

/** The browser of the machine, without a window. */
export function launch() {
  return chromium.launch({ executablePath: programNamed(BROWSER), args: SWITCHES });
}

/** The program of this name on PATH. */
export function programNamed(name) {
  const { statSync } = require("node:fs");
  const folders = (process.env.PATH ?? "").split(":");
  const found = folders.map((folder) => join(folder, name)).find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (found === undefined) throw new Error(`${name} is not on PATH`);
  return found;
}

/** Each kind of browser that the pages are walked through with: width, and whether scripts run. Colours change nothing but looks. */
export const KINDS = [
  { width: 390, height: 844, scripts: true },
  { width: 390, height: 844, scripts: false },
  { width: 1440, height: 900, scripts: true },
  { width: 1440, height: 900, scripts: false },
];

/** The colours that pages are looked at in. */
export const SCHEMES = ["light", "dark"];

/** A kind as it is printed and as files are named. */
export function nameOf({ width, scripts }) {
  return `${width}-${scripts ? "scripts" : "plain"}`;
}

/** Somebody at a browser of this kind, with cookies of their own. */
export async function visit(browser, hub, kind, { userAgent } = {}) {
  const context = await browser.newContext({
    viewport: { width: kind.width, height: kind.height },
    colorScheme: SCHEMES[0],
    javaScriptEnabled: kind.scripts,
    // Nothing may be looked at while it fades in.
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "Pacific/Auckland",
    userAgent,
  });
  context.setDefaultTimeout(STEP_MS_MAX);
  const watch = new Watch(hub.base);
  await watch.over(context);
  return { context, page: await context.newPage(), watch };
}

/** Notices what no page may do: errors, requests to others, things that are not there, dialogs. */
class Watch {
  #origins;
  #problems = [];
  /** The answers of whole pages, newest last: what a person was answered. */
  documents = [];

  constructor(base) {
    this.#origins = [new URL(base).origin];
  }

  async over(context) {
    await context.exposeBinding("devhubCheckViolation", (_, text) => this.#add("breaks the content security policy", text));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        window.devhubCheckViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    context.on("console", (message) => this.#console(message));
    context.on("weberror", (error) => this.#add("throws", error.error().message));
    context.on("request", (request) => this.#request(request));
    context.on("response", (response) => this.#response(response));
    context.on("requestfailed", (request) => this.#failed(request));
    context.on("dialog", (dialog) => {
      this.#add("opens a dialog of the browser", dialog.message());
      return dialog.dismiss();
    });
  }

  /** Lets pages lead to somebody else, such as a shop. */
  allow(origin) {
    this.#origins.push(origin);
  }

  /** What was noticed since the last call. */
  take() {
    return this.#problems.splice(0);
  }

  #add(what, detail) {
    this.#problems.push(`${what}: ${detail}`);
  }

  #console(message) {
    if (!["error", "warning"].includes(message.type())) return;
    // The browser writes this of pages too, which are meant to answer so; of anything else `#response` tells.
    if (message.text().startsWith("Failed to load resource")) return;
    this.#add(`writes a ${message.type()} to the console`, message.text());
  }

  #request(request) {
    const url = new URL(request.url());
    if (!this.#origins.includes(url.origin)) this.#add("asks another origin", request.url().slice(0, 200));
  }

  #response(response) {
    const request = response.request();
    if (request.isNavigationRequest()) this.documents.push(response);
    else if (response.status() >= 400) this.#add("asks for what is not there", `${response.status()} ${response.url()}`);
  }

  #failed(request) {
    // A page that is left ends what it was still loading.
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") this.#add("a request fails", `${reason} ${request.url()}`);
  }
}
