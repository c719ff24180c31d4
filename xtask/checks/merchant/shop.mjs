// A shop that takes webhooks as the SDK's `verifyWebhookSignature` wants them, each address with the secret of its endpoint.
// @ts-check
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

/** @typedef {import("./types.d.ts").Webhook} Webhook */
/** @typedef {import("node:http").IncomingHttpHeaders} Headers */
/** @typedef {{ path: string, headers: Headers, bytes: Buffer, body: Webhook }} Received */

const ARRIVES_MS_MAX = 10_000;
const TOLERANCE_S = 300;

export class Shop {
  /** @type {Received[]} */
  events = [];
  /** Why requests were refused. @type {string[]} */
  refusals = [];
  /** @type {(() => void)[]} */
  #waiting = [];
  #server;
  #secrets;

  /** @param {Record<string, string>} secrets what signs, by path */
  constructor(secrets) {
    this.#secrets = secrets;
    this.#server = createServer((request, response) => this.#take(request, response));
    this.base = "";
  }

  /** Starts one on a port of its own. @param {Record<string, string>} secrets */
  static async open(secrets) {
    const shop = new Shop(secrets);
    await new Promise((listening) => shop.#server.listen(0, "127.0.0.1", () => listening(undefined)));
    const address = shop.#server.address();
    if (address === null || typeof address === "string") throw new Error("the shop has no port");
    shop.base = `http://127.0.0.1:${address.port}`;
    return shop;
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  #take(request, response) {
    /** @type {Buffer[]} */
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const [path, bytes] = [request.url ?? "", Buffer.concat(chunks)];
      const complaint = complaintAbout(request.headers, bytes, this.#secrets[path]);
      if (complaint === undefined) this.events.push({ path, headers: request.headers, bytes, body: JSON.parse(bytes.toString()) });
      else this.refusals.push(`${request.method} ${path}: ${complaint}`);
      response.writeHead(complaint === undefined ? 200 : 400, { "content-type": "text/plain" }).end(complaint);
      for (const look of this.#waiting) look();
    });
  }

  /**
   * The first event that is wanted, once it is there.
   * @param {string} sentence what is waited for
   * @param {(body: Webhook, path: string) => boolean} wants
   * @returns {Promise<Received>}
   */
  event(sentence, wants) {
    return new Promise((found, failed) => {
      const told = () => {
        const seen = this.events.map(({ path, body }) => `${path} ${body.event}`);
        return `${sentence} did not come; there are ${JSON.stringify(seen)}; refused: ${JSON.stringify(this.refusals)}`;
      };
      const timer = setTimeout(() => failed(new Error(told())), ARRIVES_MS_MAX);
      const look = () => {
        const event = this.events.find(({ body, path }) => wants(body, path));
        if (event === undefined) return;
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter((other) => other !== look);
        found(event);
      };
      this.#waiting.push(look);
      look();
    });
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/**
 * As the SDK verifies: bare lower-case hex, over the body alone, with a timestamp that is five minutes off at most.
 * @param {Headers} headers @param {Buffer} bytes @param {string | undefined} secret
 */
export function complaintAbout(headers, bytes, secret) {
  if (secret === undefined) return "nobody takes webhooks there";
  const given = String(headers["x-ownpay-signature"] ?? "");
  const expected = createHmac("sha256", secret).update(bytes).digest("hex");
  if (!/^[0-9a-f]{64}$/.test(given)) return `the signature is ${JSON.stringify(given)}`;
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(expected))) return "the signature is another";
  const seconds = Number(headers["x-ownpay-timestamp"]);
  if (!Number.isInteger(seconds)) return `the timestamp is ${headers["x-ownpay-timestamp"]}`;
  return Math.abs(Date.now() / 1_000 - seconds) > TOLERANCE_S ? "the timestamp is old" : undefined;
}
