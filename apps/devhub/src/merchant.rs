//! What OwnPay's API is given.

use std::sync::Arc;

use devhub_domain::operators::Operators;
use devhub_web::MerchantApi;

use crate::config::Settings;
use crate::opened::Opened;

/// The API with whom keys are managed for, and for whose pages.
pub(crate) fn merchant_api(settings: &Settings, opened: &Opened) -> MerchantApi {
    let store = Arc::new(opened.database.clone());
    let operators = Operators::new(store, opened.clock.clone(), opened.entropy.clone());
    MerchantApi::new(operators).with_allowed_origins(settings.allowed_origins.clone())
}
