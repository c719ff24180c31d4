//! The buckets of rate decisions in process memory, and the guards against failed authentications and sign-ins.
//!
//! [`Buckets`] keeps one number for each key, workspace or address under each policy and asks `devhub_domain::rate` what it
//! means: it can look, spend in several buckets at once or in none, and take another quota at any time.
//! [`AddressGuard`] needs none of that and is governor's algorithm over the same bounded memory of addresses. [`SignInGuard`] counts failed
//! sign-ins, and forgives.

mod addresses;
mod buckets;
mod guard;
#[cfg(feature = "operators")]
mod sign_ins;
mod table;

pub use addresses::ADDRESS_BUCKETS_MAX;
pub use buckets::{Buckets, Stats};
pub use guard::AddressGuard;
#[cfg(feature = "operators")]
pub use sign_ins::{PAIR_BUCKETS_MAX, SignInGuard};
