// Starts a hub for the checks and talks to its command line.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const DEVHUB = process.env.DEVHUB_BINARY ?? join(ROOT, "target/debug/devhub");
const LINE_MS_MAX = 20_000;
const KEY_SCOPES = "read,write,admin,keys:read,keys:write";

// Whatever ends the check ends its hubs.
const running = new Set();
const killAll = () => running.forEach((child) => child.kill("SIGKILL"));
process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

/** Builds the program, so that a check never runs yesterday's. */
export async function build() {
  if (process.env.DEVHUB_BINARY === undefined) {
    await finished(spawn("cargo", ["build", "--quiet", "--package", "devhub"], { cwd: ROOT, stdio: "inherit" }));
  }
}

/** Runs something with a folder of its own, which is deleted afterwards. */
export async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), "devhub-check-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs something with a hub of its own. */
export async function withHub(settings, use) {
  return withFolder(async (folder) => {
    const hub = await Hub.start(join(folder, "data"), settings);
    try {
      return await use(hub);
    } finally {
      hub.kill();
    }
  });
}

/** A hub on an SQLite folder of its own. */
export class Hub {
  #flags;
  #process;
  #lines = [];
  #waiting = [];
  #log = "";

  /** Starts one and waits until it listens. */
  static async start(folder, settings = {}) {
    const hub = new Hub();
    const all = {
      "server.listen": "127.0.0.1:0",
      "database.url": `sqlite:${folder}`,
      // The checks ask from one address and with few keys, faster than a person would.
      "limits.exempt_networks": "127.0.0.0/8",
      ...settings,
    };
    hub.#flags = Object.entries(all).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    hub.#spawn();
    hub.base = (await hub.#line("listening on ")).trim();
    return hub;
  }

  #spawn() {
    // What it logs is looked at: no traces of calls there.
    const env = { ...process.env, RUST_BACKTRACE: "0" };
    this.#process = spawn(DEVHUB, [...this.#flags, "serve"], { env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.#process);
    this.#process.stderr.on("data", (text) => (this.#log += text));
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      this.#lines.push(line);
      for (const look of this.#waiting) look();
    });
    this.#process.on("exit", () => {
      running.delete(this.#process);
      for (const look of this.#waiting) look();
    });
  }

  /** The rest of the line of standard output that starts so; fails instead of waiting for ever. */
  #line(start) {
    return new Promise((found, failed) => {
      const timer = setTimeout(() => failed(new Error(`the hub printed no line "${start}…"`)), LINE_MS_MAX);
      const look = () => {
        const line = this.#lines.find((line) => line.trim().startsWith(start));
        if (line === undefined && this.#process.exitCode === null) return;
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter((other) => other !== look);
        if (line === undefined) failed(new Error(`the hub ended before "${start}…": ${this.#log}`));
        else found(line.trim().slice(start.length));
      };
      this.#waiting.push(look);
      look();
    });
  }

  /** Where the first owner is made: the address with the token behind its `#`. */
  setupUrl() {
    return this.#line("set it up: ");
  }

  /** What was logged so far. */
  log() {
    return this.#log;
  }

  /** Runs the command line beside the running hub. */
  async command(words, input = "") {
    const child = spawn(DEVHUB, [...this.#flags, ...words], { stdio: ["pipe", "pipe", "pipe"] });
    // Most commands read nothing, and have ended by the time that it is offered.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    return finished(child);
  }

  /** Issues a key that may issue keys; its token. */
  async issueKey(label = "Check") {
    const words = ["keys", "issue", "--label", label, "--scope", KEY_SCOPES, "--json"];
    return JSON.parse(await this.command(words)).token;
  }

  /** Adds a person. */
  addOperator(email, role, password) {
    return this.command(["operators", "add", email, "--role", role, "--password-file", "-"], `${password}\n`);
  }

  /** Ends it at once. */
  kill() {
    this.#process.kill("SIGKILL");
  }
}

/** Waits for a program; what it wrote to standard output. Fails with its standard error. */
export function finished(child) {
  let [output, complaint] = ["", ""];
  child.stdout?.on("data", (text) => (output += text));
  child.stderr?.on("data", (text) => (complaint += text));
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => {
      if (code === 0) done(output);
      else failed(new Error(`${child.spawnargs.join(" ")} ended with ${code}: ${complaint.trim()}`));
    });
  });
}
