//! The stable words of failures on OwnPay's API, each with its one status.
//!
//! *Source:* wire contract §1.5, §2.2. Words that OwnPay has are written as it writes them; those that it lacks are ours, in its style.

use actix_web::http::StatusCode;
use serde::{Serialize, Serializer};

use crate::problem_entry::{CatalogEntry, entry};

macro_rules! codes {
    ($($variant:ident = $status:literal $word:literal, $meaning:literal, $remedy:literal;)*) => {
        /// What went wrong, in one word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// The word.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            const fn status_code(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }
        }

        /// Every word, by status.
        pub(crate) const CODES: &[CatalogEntry] = &[$(entry($status, $word, $meaning, $remedy),)*];
    };
}

codes! {
    BadRequest = 400 "BAD_REQUEST", "The request is no HTTP that can be answered.", "Mend the request.";
    BodyIncomplete = 400 "BODY_INCOMPLETE", "The body ended too early.", "Send it again.";
    CredentialAmbiguous = 400 "CREDENTIAL_AMBIGUOUS", "There are several keys in the request.", "Send one.";
    CredentialInQuery = 400 "CREDENTIAL_IN_QUERY", "A key stands in the URL, where logs keep it.",
        "Send it in the Authorization header, and revoke this one.";
    IdempotencyKeyReused = 400 "IDEMPOTENCY_KEY_REUSED", "The Idempotency-Key was used for another request.",
        "Use a new one.";
    InvalidIdempotencyKey = 400 "INVALID_IDEMPOTENCY_KEY", "The Idempotency-Key is no key, or stands twice.",
        "Send one of 1 to 64 letters, digits, `_` and `-`.";
    InvalidJson = 400 "INVALID_JSON", "The body is no JSON.", "Look at the position in the message.";
    InvalidRefundParameters = 400 "INVALID_REFUND_PARAMETERS", "The transaction cannot be refunded so.",
        "Look at the message: its state, or what is left of it, does not allow it.";
    SuperAdminEmailRequired = 400 "SUPER_ADMIN_EMAIL_REQUIRED", "Keys are managed in the name of an administrator.",
        "Send the header X-Super-Admin-Email, or use a key whose owner is one.";
    WebhookTestFailed = 400 "WEBHOOK_TEST_FAILED", "The test event did not arrive.", "Look at the message.";
    ApiKeyExpired = 401 "API_KEY_EXPIRED", "The key's time is over.", "Issue a new key.";
    AuthenticationRequired = 401 "AUTHENTICATION_REQUIRED", "The request has no key.",
        "Send `Authorization: Bearer <key>`.";
    InvalidApiKey = 401 "INVALID_API_KEY", "The key is not accepted.",
        "Use an active key; why this one is none, its administrator sees.";
    InvalidApiKeyFormat = 401 "INVALID_API_KEY_FORMAT", "The text can be no key.", "Compare it with the key that was shown.";
    InsufficientPrivilege = 403 "INSUFFICIENT_PRIVILEGE", "The key may not manage keys, or not such ones.",
        "Use a key with the scopes `write` and `admin`, and with those that it gives.";
    InsufficientScope = 403 "INSUFFICIENT_SCOPE", "The key may not do this.", "Use a key with the scope in the message.";
    InvalidSuperAdmin = 403 "INVALID_SUPER_ADMIN", "No owner or administrator has this address.",
        "Name an operator of the workspace who is one.";
    IpNotAllowed = 403 "IP_NOT_ALLOWED", "The key may not be used from this address.",
        "Change its allow_list, or call from another address.";
    MerchantInactive = 403 "MERCHANT_INACTIVE", "The workspace of the key is suspended.", "Ask the operator of the hub.";
    CustomerNotFound = 404 "CUSTOMER_NOT_FOUND", "There is no such customer.", "Take its address from the list.";
    KeyNotFound = 404 "KEY_NOT_FOUND", "There is no such key, or it is revoked.", "Take the id from the list.";
    NotFound = 404 "NOT_FOUND", "No path is called so, or what answers there is switched off.",
        "Compare it with the paths of `/openapi.json`.";
    PaymentNotFound = 404 "PAYMENT_NOT_FOUND", "There is no such payment.", "Use a `payment_id` that was answered.";
    RefundNotFound = 404 "REFUND_NOT_FOUND", "The transaction has no refund.", "Look at the list of refunds.";
    TransactionNotFound = 404 "TRANSACTION_NOT_FOUND", "There is no such transaction.", "Use a trx_id that was answered.";
    MethodNotAllowed = 405 "METHOD_NOT_ALLOWED", "The path exists, for other methods.", "Use one that Allow names.";
    BodyTooSlow = 408 "BODY_TOO_SLOW", "The body did not arrive in time.", "Send it at once, or send less.";
    Conflict = 409 "CONFLICT", "Another request changed the same thing first.", "Look at it, and send the request again.";
    CustomerExists = 409 "CUSTOMER_EXISTS", "Another customer has this address.", "Use that one.";
    BodyTooLarge = 413 "BODY_TOO_LARGE", "The body is larger than it may be.", "Send less: the message has the limit.";
    UriTooLong = 414 "URI_TOO_LONG", "The URL is longer than it may be.", "Shorten it: the message has the limit.";
    UnsupportedMediaType = 415 "UNSUPPORTED_MEDIA_TYPE", "The body does not say that it is JSON, or is compressed.",
        "Send content-type application/json, without content-encoding.";
    InvalidAmount = 422 "INVALID_AMOUNT", "The amount is none, or cannot be paid.",
        "Send a decimal above 0 with no more places than the currency has, as a text.";
    InvalidCallbackUrl = 422 "INVALID_CALLBACK_URL", "`callback_url` cannot be called.", "Send an http or https address.";
    InvalidCancelUrl = 422 "INVALID_CANCEL_URL", "`cancel_url` leads nowhere.", "Send an http or https address.";
    InvalidCurrency = 422 "INVALID_CURRENCY", "The currency is not known.", "Send its three letters (ISO 4217).";
    InvalidPaymentId = 422 "INVALID_PAYMENT_ID", "The text is no `payment_id`.", "Send the UUID that was answered.";
    InvalidRedirectUrl = 422 "INVALID_REDIRECT_URL", "`redirect_url` leads nowhere.", "Send an http or https address.";
    InvalidScopes = 422 "INVALID_SCOPES", "The scopes are none that a key can have here.",
        "Send a list with some of `read`, `write` and `admin`.";
    NameRequired = 422 "NAME_REQUIRED", "A customer has a name.", "Send `name`.";
    TransactionIdRequired = 422 "TRANSACTION_ID_REQUIRED", "The request names no transaction.",
        "Send `transaction_id` or `trx_id`.";
    ValidationFailed = 422 "VALIDATION_FAILED", "Something in the request is not what it must be.", "Look at `errors`.";
    RateLimitExceeded = 429 "RATE_LIMIT_EXCEEDED", "Too many requests came before this one.",
        "Wait for the seconds in `retry_after`.";
    HeadersTooLarge = 431 "HEADERS_TOO_LARGE", "The headers are larger than they may be.", "Send fewer or shorter ones.";
    InternalError = 500 "INTERNAL_ERROR", "Something went wrong inside the hub.", "Tell the operator the `request_id`.";
    DatabaseUnavailable = 503 "DATABASE_UNAVAILABLE", "The hub cannot reach its store.",
        "Try again after the seconds in `retry_after`.";
    LimiterUnavailable = 503 "LIMITER_UNAVAILABLE", "The rate limiter does not answer, and a policy lets nothing through without it.",
        "Try again after the seconds in `retry_after`.";
    LoopDetected = 508 "LOOP_DETECTED", "The hub has sent this request itself.", "Look at the address of the endpoint.";
}

impl Code {
    /// The one status that it comes with.
    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_status_that_tells_of_a_failure() {
        for entry in CODES {
            let status = StatusCode::from_u16(entry.status).unwrap();
            assert!(status.is_client_error() || status.is_server_error(), "{}", entry.code);
        }
    }

    #[test]
    fn words_stand_by_status_and_then_by_letter() {
        assert!(CODES.is_sorted_by_key(|entry| (entry.status, entry.code)));
    }
}
