//! The routes: what is asked, which use case answers, how the answer looks.

mod api_keys;
mod deliveries;
mod endpoints;
mod events;
mod health;
mod routes;
mod whoami;

pub(crate) use routes::routes;
