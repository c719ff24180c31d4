// Plain requests, with every header as the check wants it, and a visitor that keeps cookies and fills forms in as a browser does.
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { gunzipSync } from "node:zlib";

import { formOf } from "./html.mjs";

const ANSWER_MS_MAX = 30_000;

/** One request; redirects are not followed. */
export function send(url, { method = "GET", headers = {}, body, ca } = {}) {
  const ask = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((done, failed) => {
    // Said by ourselves: for some methods Node sends a body without its length.
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const options = { method, headers: { ...length, ...headers }, ca, agent: false, timeout: ANSWER_MS_MAX };
    const sent = ask(url, options, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => done(new Answer(answer, Buffer.concat(chunks))));
      answer.on("error", failed);
    });
    sent.on("timeout", () => sent.destroy(new Error(`${method} ${url}: no answer`)));
    sent.on("error", failed);
    sent.end(body);
  });
}

/** What came back. */
class Answer {
  constructor(answer, bytes) {
    this.status = answer.statusCode;
    this.headers = answer.headers;
    this.bytes = bytes;
    this.cookies = answer.headers["set-cookie"] ?? [];
  }

  get text() {
    const isPacked = this.headers["content-encoding"] === "gzip";
    return (isPacked ? gunzipSync(this.bytes) : this.bytes).toString("utf8");
  }
}

/** Somebody with a browser that runs no scripts, at one hub. */
export class Visitor {
  jar = new Map();

  constructor(base, { headers = {}, ca } = {}) {
    this.base = base;
    this.headers = headers;
    this.ca = ca;
  }

  /** Sends a request with the cookies, and keeps what cookies come back. */
  async send(path, { method = "GET", headers = {}, body } = {}) {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const all = { ...(cookie === "" ? {} : { cookie }), ...this.headers, ...headers };
    const answer = await send(this.base + path, { method, headers: all, body, ca: this.ca });
    for (const line of answer.cookies) this.#keep(line);
    return answer;
  }

  /** Posts fields as a form of this page does. */
  post(path, fields, headers = {}) {
    const origin = new URL(this.base).origin;
    const head = { origin, "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams(fields).toString();
    return this.send(path, { method: "POST", headers: { ...head, ...this.headers, ...headers }, body });
  }

  /** The form of a page with this button. */
  async form(path, button) {
    const answer = await this.send(path);
    if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}`);
    return formOf(answer.text, button, path);
  }

  /** Opens a page, fills in its form by the labels, and presses its button. */
  async submit(path, button, values, headers = {}) {
    const form = await this.form(path, button);
    return this.post(form.action, form.filled(values), headers);
  }

  /** The value of the session's cookie, whatever it is called here. */
  get session() {
    return this.jar.get("devhub_session") ?? this.jar.get("__Host-devhub_session");
  }

  #keep(line) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const at = pair.indexOf("=");
    const isGone = attributes.some((word) => /^max-age=0$/i.test(word)) || pair.length === at + 1;
    if (isGone) this.jar.delete(pair.slice(0, at));
    else this.jar.set(pair.slice(0, at), pair.slice(at + 1));
  }
}
