//! Instants as pages show them: in the time zone of the workspace, with UTC at hand.

use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::{TimeZone, local, utc};

use super::components::{Cell, Moment};

/// An instant.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> Moment {
    Moment { iso_utc: at.to_string(), shown: local(at, zone), utc: utc(at) }
}

/// An instant in a table; a dash where there is none.
pub(super) fn cell(at: Option<Timestamp>, zone: &TimeZone) -> Cell {
    at.map_or(Cell::Empty, |at| Cell::Moment(moment(at, zone)))
}
