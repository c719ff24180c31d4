//! The first page: how the hub has done, what needs somebody, and what to do first.

mod attention;
mod checklist;
mod figures;
mod page;
mod plots;
mod read;
mod strangers;

#[cfg(test)]
pub(super) use page::OverviewPage;
pub(super) use page::paths;
