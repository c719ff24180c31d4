//! The control socket: how the command line reaches a running hub.
//!
//! *Threat:* another user of the machine, or a program that only reaches the network, commands the hub; a stuck or hostile peer
//! holds it up. *Defence:* a Unix socket that only the hub's user may open (0600, and it has its name only once it is); every
//! message is one line of bounded length and names the database that it is meant for, every connection one request with one deadline, and only a few are served at once.
//! *Not defended:* whoever is the hub's user may read the database and the master key anyway.

mod audit_desk;
mod client;
mod delivery_desk;
mod desk;
mod endpoint_desk;
mod explain_message;
mod key_words;
mod message;
mod operator_desk;
mod operator_view;
mod own_rate;
mod server;
mod workspace_desk;
mod workspace_message;

pub(crate) use client::ask;
pub(crate) use delivery_desk::DeliveryDesk;
pub(crate) use desk::{Desk, remove_left_over_snapshots};
pub(crate) use explain_message::{ExplainQuestion, ExplanationView};
pub(crate) use key_words::{KeyChoice, KeyWords};
pub(crate) use message::{Action, AuditCheckView, ImportedView, KeyView, NewKey, Reply, Revealed, SOCKET_NAME};
pub(crate) use operator_desk::OperatorDesk;
pub(crate) use operator_view::OperatorView;
pub(crate) use server::Control;
pub(crate) use workspace_message::{WorkspaceView, WorkspaceWords};
