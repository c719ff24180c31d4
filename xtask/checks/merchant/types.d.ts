// What OwnPay's clients read of the merchant API, written from the wire contract (§2): amounts are texts, numbers of rows are integers,
// uuids and instants are texts. Whatever else an answer holds, they pass over.

export interface Meta {
  page: number;
  per_page: number;
  total: number;
  total_pages: number;
}

export interface Complaint {
  code: string;
  message: string;
  field?: string;
}

export interface Failure {
  success: false;
  error: string;
  message: string;
  errors: Complaint[];
  request_id: string;
  retry_after?: number;
}

export interface Health {
  status: "healthy" | "degraded";
  version: string;
  db: "connected" | "error";
  mobile: { connected: boolean; active_devices: number };
  gateways: number;
  customers: number;
  time: string;
}

export interface CreatedPayment {
  payment_id: string;
  token: string;
  checkout_url: string;
  status: "pending";
}

export interface Payment {
  payment_id: string;
  id: number | null;
  trx_id: string | null;
  gateway_trx_id: string | null;
  amount: string;
  currency: string;
  fee: string;
  status: string;
  gateway: string | null;
  method: string | null;
  reference: string;
  created_at: string;
  completed_at: string | null;
  customer?: { name: string; email: string | null };
  token: string;
  checkout_url: string;
  expires_at: string;
  metadata: Record<string, unknown>;
}

export interface Transaction {
  id: number;
  trx_id: string;
  gateway_trx_id: string;
  amount: string;
  currency: string;
  fee: string;
  net_amount: string;
  status: string;
  gateway: string;
  method: string;
  reference: string;
  created_at: string;
  updated_at: string;
}

export interface Refund {
  id: number;
  uuid: string;
  transaction_id: number;
  trx_id: string;
  gateway_trx_id: string | null;
  amount: string;
  reason: string | null;
  status: "pending" | "completed" | "failed";
  processed_at: string | null;
  created_at: string;
}

export interface Customer {
  id: number;
  uuid: string;
  name: string;
  email: string | null;
  phone: string | null;
  created_at: string;
}

export interface ListedCustomer extends Customer {
  email_masked: string | null;
  phone_masked: string | null;
}

export interface ApiKey {
  /** `key_…`: the hub's keys are not counted. */
  id: string;
  name: string;
  prefix: string;
  status: string;
  last_used: string | null;
  expires_at: string | null;
  created_at: string;
}

export interface CreatedApiKey {
  key: string;
  prefix: string;
  warning: string;
}

export interface WebhookTest {
  status_code: number | null;
  response_time_ms: number | null;
}

export interface Delivery {
  /** `dlv_…` */
  id: string;
  event: string;
  url: string;
  direction: "outbound" | "inbound";
  status_code: number | null;
  response_time_ms: number | null;
  attempt: number;
  status: "received" | "delivered" | "failed" | "rejected";
  created_at: string;
}

/** What a payment, a refund or a test tells a shop (§4.3); all texts are there, and empty where there is nothing to tell. */
export interface Told {
  payment_id: string;
  transaction_id: string;
  trx_id: string;
  gateway_trx_id: string;
  amount: string;
  currency: string;
  fee: string;
  gateway: string;
  gateway_type: string;
  status: string;
  reference: string;
  customer: { name: string; email: string; phone: string };
  metadata: Record<string, unknown>;
  refund_id?: string;
  refund_status?: string;
}

export interface Webhook extends Told {
  event: string;
  event_id: string;
  data: Told & { id: string };
}

/** What an answer to a call holds, by its method and path. */
export type DataOf<Called extends string> = Called extends "GET /health"
  ? Health
  : Called extends "POST /payments" | "POST /payment-intents"
    ? CreatedPayment
    : Called extends `GET /payments/${string}` | `GET /payment-intents/${string}`
      ? Payment
      : Called extends `GET /transactions?${string}`
        ? Transaction[]
        : Called extends `GET /transactions/${string}`
          ? Transaction
          : Called extends `GET /refunds?${string}`
            ? Refund[]
            : Called extends "POST /refunds" | `GET /refunds/${string}`
              ? Refund
              : Called extends `GET /customers?${string}`
                ? ListedCustomer[]
                : Called extends `GET /customers/${string}`
                  ? Customer
                  : DataOfTheRest<Called>;

type DataOfTheRest<Called extends string> = Called extends "POST /customers"
  ? { id: number; uuid: string }
  : Called extends "GET /api-keys"
    ? ApiKey[]
    : Called extends "POST /api-keys"
      ? CreatedApiKey
      : Called extends `DELETE /api-keys/${string}`
        ? { message: string }
        : Called extends "POST /webhooks/tests"
          ? WebhookTest
          : Called extends "GET /webhooks/deliveries"
            ? Delivery[]
            : unknown;

/** The names by which answers are held to their shapes. */
export interface Shaped {
  health: Health;
  createdPayment: CreatedPayment;
  payment: Payment;
  transaction: Transaction;
  refund: Refund;
  customer: Customer;
  listedCustomer: ListedCustomer;
  apiKey: ApiKey;
  delivery: Delivery;
}
