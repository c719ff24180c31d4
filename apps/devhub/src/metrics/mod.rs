//! What `/metrics` answers, and the listener that answers it.
//!
//! *Threat:* figures that tell a stranger who the customers are or how busy they are; a scraper that is asked to do work, or hangs.
//! *Defence:* no label holds what anybody outside has written; the listener is off unless configured, has its own address and
//! thread, and bounds connections and time; the database is asked at most every few seconds, whoever asks how often.
//! *Not defended:* whoever reaches the address reads the figures: there is no authentication.

mod listener;
mod now;
mod process;
mod scrape;

pub(crate) use listener::MetricsListener;
pub(crate) use now::Sources;
pub(crate) use scrape::Scrape;
