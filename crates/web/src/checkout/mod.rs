//! The sandbox's hosted checkout: where a payer pays, sees what came of it, and finds the way back to the shop.
//!
//! *Threat:* whoever has the address of a checkout may pay or cancel it: the address leaks, is guessed, or is used a second time.
//! *Defence:* it holds 256 random bits, is logged and counted nowhere, and leaves the browser by no header; an address of the network
//! that asks for many that are not there is made to wait; a payment ends once, whoever presses what in how many windows, because the
//! use case looks again within its transaction. Forms carry no token against other sites: who can send one has the address already.
//! *Not defended:* whoever is given the address, as the shop is.
//!
//! No page has a script. What goes on by itself does so by the header `Refresh`, is announced, and can be kept from it.

mod change;
mod frame;
mod headers;
mod opened;
mod pay_page;
mod problem;
mod result_page;
mod routes;
mod sandbox_problem;

pub(crate) use problem::problem_page;
pub(crate) use routes::routes;

#[cfg(test)]
pub(crate) use frame::samples::Layout;
#[cfg(test)]
pub(crate) use pay_page::PayPage;
#[cfg(test)]
pub(crate) use problem::ProblemPage;
#[cfg(test)]
pub(crate) use result_page::ResultPage;
