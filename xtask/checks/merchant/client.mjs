// A client of the merchant API that follows the notes on OwnPay's Node SDK (wire contract §2.1, §2.2, §2.12): it sends what that sends, reads
// what that reads, tries again when that does, and takes an answer for broken when that would.
// @ts-check
import { randomUUID } from "node:crypto";

/** @typedef {import("./types.d.ts").Meta} Meta */
/** @typedef {import("./types.d.ts").Failure} Failure */
/** @template {string} Called @typedef {import("./types.d.ts").DataOf<Called>} DataOf */

const TRIES_MAX = 3;
const RETRIED = [429, 500, 502, 503, 504];
const KEY_CHARS_MIN = 12;
const ANSWER_MS_MAX = 30_000;
/** Of the first pause, which doubles; a second in the SDK, where nobody waits for a test. */
const PAUSE_MS = 50;

/** What a call can fail with. */
export class ClientError extends Error {
  /**
   * @param {string} kind which class of the SDK it is
   * @param {number} status 0 when there was no answer that can be read
   * @param {Failure | undefined} body
   * @param {number} tries how often it was sent
   * @param {unknown} [cause] why there is no answer
   */
  constructor(kind, status, body, tries, cause) {
    super(body?.error ?? "An unexpected error occurred", { cause });
    this.kind = kind;
    this.status = status;
    this.body = body;
    this.tries = tries;
    this.code = body?.errors[0]?.code ?? "UNKNOWN_ERROR";
  }

  /** The complaints by the field that they are about. */
  get byField() {
    const complaints = this.body?.errors ?? [];
    return Object.fromEntries(complaints.flatMap(({ field, message }) => (field === undefined ? [] : [[field, message]])));
  }
}

/** Which class of the SDK a status leads to. @param {number} status */
export function kindOf(status) {
  /** @type {Record<number, string>} */
  const named = {
    401: "AuthenticationError",
    403: "PermissionError",
    404: "NotFoundError",
    409: "IdempotencyError",
    422: "ValidationError",
    429: "RateLimitError",
  };
  return named[status] ?? (status >= 500 ? "ApiError" : "OwnPayError");
}

/**
 * What a call came to.
 * @template T
 * @typedef {{ status: number, data: T, meta: Meta | undefined, headers: Headers, tries: number }} Answered
 */

/** @typedef {{ body?: unknown, bytes?: string, headers?: Record<string, string>, idempotencyKey?: string }} Call */

export class Client {
  /** @param {string} base @param {string} key @param {Record<string, string>} headers sent with every call */
  constructor(base, key, headers = {}) {
    if (!key.startsWith("op_") || key.length < KEY_CHARS_MIN) throw new TypeError("no OwnPay key");
    this.base = base.replace(/\/+$/, "");
    this.key = key;
    this.headers = headers;
  }

  /**
   * One call, tried again as the SDK does; method and path tell what is answered.
   * @template {string} M
   * @template {string} P
   * @param {M} method
   * @param {P} path below `/api/v1`
   * @param {Call} call
   * @returns {Promise<Answered<DataOf<`${M} ${P}`>>>}
   */
  async call(method, path, call = {}) {
    for (let tries = 1; ; tries += 1) {
      /** @type {Answered<DataOf<`${M} ${P}`>> | ClientError} */
      const answer = await this.#once(method, path, call, tries);
      if (!(answer instanceof ClientError)) return answer;
      const isRetried = answer.status === 0 || RETRIED.includes(answer.status);
      if (!isRetried || tries === TRIES_MAX) throw answer;
      await new Promise((over) => setTimeout(over, pauseOf(answer, tries)));
    }
  }

  /**
   * @template T
   * @param {string} method @param {string} path @param {Call} call @param {number} tries
   * @returns {Promise<Answered<T> | ClientError>}
   */
  async #once(method, path, { body, bytes, headers = {}, idempotencyKey }, tries) {
    const requestId = randomUUID();
    const sent = bytes ?? (body === undefined ? "" : JSON.stringify(body));
    /** @type {RequestInit} */
    const request = {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        accept: "application/json",
        // On every request, also where there is no body.
        "content-type": "application/json",
        "user-agent": "OwnPay-NodeJS/1.0.0",
        "x-request-id": requestId,
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
        ...this.headers,
        ...headers,
      },
      body: method === "GET" ? undefined : sent,
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    };
    let answer;
    let text;
    try {
      answer = await fetch(`${this.base}/api/v1${path}`, request);
      text = await answer.text();
    } catch (cause) {
      // No connection, one that broke off, or no answer in time.
      return new ClientError("NetworkError", 0, undefined, tries, cause);
    }
    const parsed = parse(text);
    if (parsed === undefined) return new ClientError("NetworkError", 0, undefined, tries);
    if (!answer.ok) return new ClientError(kindOf(answer.status), answer.status, failureOf(parsed, answer, requestId), tries);
    if (parsed.success !== true || !("data" in parsed)) throw new Error(`${method} ${path}: ${answer.status} has no envelope`);
    const { data, meta } = parsed;
    return { status: answer.status, data, meta: /** @type {Meta | undefined} */ (meta), headers: answer.headers, tries };
  }

  /**
   * A page of a list, with what the SDK reads of `meta`.
   * @template {string} P
   * @param {P} path
   * @returns {Promise<{ items: DataOf<`GET ${P}`>, meta: Meta }>}
   */
  async list(path) {
    const { data, meta } = await this.call("GET", path);
    const numbers = [meta?.page, meta?.per_page, meta?.total, meta?.total_pages];
    if (!Array.isArray(data) || meta === undefined || !numbers.every(Number.isInteger)) {
      throw new Error(`GET ${path}: no page: ${JSON.stringify(meta)}`);
    }
    return { items: data, meta };
  }
}

/** An object, or nothing: what else a body may be, the SDK cannot read. @param {string} text @returns {Record<string, any> | undefined} */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A failure as all four clients can read it (rules 1, 4, 5).
 * @param {Record<string, any>} parsed @param {Response} answer @param {string} requestId
 * @returns {Failure}
 */
function failureOf(parsed, answer, requestId) {
  const told = `${answer.status} ${JSON.stringify(parsed)}`;
  const holds = (/** @type {string} */ rule, /** @type {boolean} */ isSo) => {
    if (!isSo) throw new Error(`${rule}: ${told}`);
  };
  holds("rule 1: content-type", answer.headers.get("content-type")?.startsWith("application/json") === true);
  holds("rule 4: success is false", parsed.success === false);
  holds("rule 4: error is a text", typeof parsed.error === "string" && parsed.error !== "");
  holds("rule 4: message is the same text", parsed.message === parsed.error);
  holds("rule 4: errors is not empty", Array.isArray(parsed.errors) && parsed.errors.length > 0);
  const isComplaint = (/** @type {any} */ one) => typeof one.code === "string" && typeof one.message === "string" && one.message !== "";
  holds("rule 4: each has code and message", parsed.errors.every(isComplaint));
  holds("§2.1: request_id is the one that was sent", parsed.request_id === requestId);
  holds("§2.1: it is echoed as a header", answer.headers.get("x-request-id") === requestId);
  if (answer.status === 429) {
    holds("rule 5: retry_after is a number", Number.isInteger(parsed.retry_after) && parsed.retry_after >= 1);
    holds("rule 5: Retry-After says the same", answer.headers.get("retry-after") === String(parsed.retry_after));
  }
  return /** @type {Failure} */ (parsed);
}

/** On 429 what the body says, else a pause that doubles, a quarter more or less. @param {ClientError} error @param {number} tries */
function pauseOf(error, tries) {
  const told = error.status === 429 ? error.body?.retry_after : undefined;
  return told === undefined ? PAUSE_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2) : told * 1_000;
}
