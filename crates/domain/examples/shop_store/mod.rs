//! A store that a service brings along: a vector behind a lock. A real one is a database whose transaction implements the same ports.

mod store;

pub(crate) use store::ShopStore;
