//! What OwnPay's API is given besides what the whole hub has.

use devhub_domain::operators::Operators;

/// What OwnPay's API is given besides.
#[derive(Clone, Debug)]
pub struct MerchantApi {
    /// Finds those in whose name keys are managed.
    pub operators: Operators,
    /// Origins, such as `https://shop.example`, whose pages may call the API from a browser.
    pub allowed_origins: Vec<String>,
}

impl MerchantApi {
    /// The API for no pages of other sites.
    pub const fn new(operators: Operators) -> Self {
        Self { operators, allowed_origins: Vec::new() }
    }

    /// The same for pages of these origins.
    #[must_use]
    pub fn with_allowed_origins(self, allowed_origins: Vec<String>) -> Self {
        Self { allowed_origins, ..self }
    }
}
