//! Instants as pages show them: in the time zone of the workspace, with UTC at hand.

use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::{TimeZone, local, local_to_second, utc};

use super::components::{Cell, Moment};

/// An instant.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> Moment {
    Moment { iso_utc: at.to_string(), shown: local(at, zone), utc: utc(at) }
}

/// The same with its second, where several things happen in a minute.
pub(super) fn moment_to_second(at: Timestamp, zone: &TimeZone) -> Moment {
    Moment { shown: local_to_second(at, zone), ..moment(at, zone) }
}

/// An instant in a table; a dash where there is none.
pub(super) fn cell(at: Option<Timestamp>, zone: &TimeZone) -> Cell {
    at.map_or(Cell::Empty, |at| Cell::Moment(moment(at, zone)))
}
