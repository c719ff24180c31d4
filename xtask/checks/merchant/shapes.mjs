// Whether answers are what types.d.ts says, looked at while they come: what a type of TypeScript promises, nobody checks at run time.
// @ts-check

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const AMOUNT = /^\d+\.\d{2}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** @typedef {(value: any) => boolean} Shape */

/** @type {Shape} */ const text = (value) => typeof value === "string";
/** @type {Shape} */ const number = Number.isInteger;
/** @type {Shape} */ const uuid = (value) => text(value) && UUID.test(value);
/** @type {Shape} */ const amount = (value) => text(value) && AMOUNT.test(value);
/** @type {Shape} */ const currency = (value) => text(value) && /^[A-Z]{3}$/.test(value);
/** @type {Shape} */ const instant = (value) => text(value) && INSTANT.test(value);
/** @type {Shape} */ const token = (value) => text(value) && /^[0-9a-f]{64}$/.test(value);
/** @type {Shape} */ const object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {Shape} shape @returns {Shape} */
const orNull = (shape) => (value) => value === null || shape(value);
/** An id of the hub. @param {string} prefix @returns {Shape} */
const hubId = (prefix) => (value) => text(value) && new RegExp(`^${prefix}_[0-9a-z]{26}$`).test(value);
/** @param {...string} words @returns {Shape} */
const oneOf = (...words) => (value) => words.includes(value);

/** @typedef {import("./types.d.ts").Shaped} Shaped */
// A field that a type has and its shape forgets is found by the compiler.
/** @type {{ [Name in keyof Shaped]: Required<Record<keyof Shaped[Name], Shape>> }} */
const SHAPES = {
  health: {
    status: oneOf("healthy", "degraded"),
    version: text,
    db: oneOf("connected", "error"),
    mobile: (value) => object(value) && typeof value.connected === "boolean" && number(value.active_devices),
    gateways: number,
    customers: number,
    time: (value) => text(value) && !Number.isNaN(Date.parse(value)),
  },
  createdPayment: { payment_id: uuid, token, checkout_url: text, status: oneOf("pending") },
  payment: {
    payment_id: uuid,
    id: orNull(number),
    trx_id: orNull(text),
    gateway_trx_id: orNull(text),
    amount,
    currency,
    fee: amount,
    status: oneOf("pending", "processing", "completed", "failed", "cancelled", "expired", "refunded", "disputed"),
    gateway: orNull(text),
    method: orNull(text),
    reference: text,
    created_at: instant,
    completed_at: orNull(instant),
    customer: (value) => value === undefined || (text(value.name) && orNull(text)(value.email)),
    token,
    checkout_url: text,
    expires_at: instant,
    metadata: object,
  },
  transaction: {
    id: number,
    trx_id: (value) => /^OP-[0-9A-F]{10}$/.test(value),
    gateway_trx_id: text,
    amount,
    currency,
    fee: amount,
    net_amount: amount,
    status: text,
    gateway: text,
    method: oneOf("api", "manual", "sms", "link", "invoice"),
    reference: text,
    created_at: instant,
    updated_at: instant,
  },
  refund: {
    id: number,
    uuid,
    transaction_id: number,
    trx_id: text,
    gateway_trx_id: orNull(text),
    amount,
    reason: orNull(text),
    status: oneOf("pending", "completed", "failed"),
    processed_at: orNull(instant),
    created_at: instant,
  },
  customer: { id: number, uuid, name: text, email: orNull(text), phone: orNull(text), created_at: instant },
  listedCustomer: {
    id: number,
    uuid,
    name: text,
    email: orNull(text),
    phone: orNull(text),
    email_masked: orNull(text),
    phone_masked: orNull(text),
    created_at: instant,
  },
  apiKey: {
    id: hubId("key"),
    name: text,
    prefix: (value) => /^[0-9a-f]{8}$/.test(value),
    status: oneOf("active"),
    last_used: orNull(instant),
    expires_at: orNull(instant),
    created_at: instant,
  },
  delivery: {
    id: hubId("dlv"),
    event: text,
    url: text,
    direction: oneOf("outbound", "inbound"),
    status_code: orNull(number),
    response_time_ms: orNull(number),
    attempt: number,
    status: oneOf("received", "delivered", "failed", "rejected"),
    created_at: instant,
  },
};

/** The fields of a value that are not what they must be. @param {keyof Shaped} name @param {unknown} value */
export function wrong(name, value) {
  const shape = SHAPES[name];
  // A shape that is not there would hold whatever comes.
  if (shape === undefined) throw new TypeError(`there is no shape ${name}`);
  if (!object(value)) return [`${name} is ${JSON.stringify(value)}`];
  const fields = /** @type {Record<string, unknown>} */ (value);
  return Object.entries(shape).flatMap(([field, is]) => (is(fields[field]) ? [] : [`${name}.${field} is ${JSON.stringify(fields[field])}`]));
}
