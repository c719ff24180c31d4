//! What workspaces set of their gateways.

use devhub_domain::time::Timestamp;

use super::seed::{Store, conflict, look, put, workspace_id};
use crate::testing::gateway_setting;
use crate::{GatewaySetting, Outcome};

/// A setting comes back as it went in, with every outcome and without one.
pub fn a_setting_reads_back_as_it_was_written(store: &Store) {
    for (revision, outcome) in (1..).zip(Outcome::ALL.iter().copied().map(Some).chain([None])) {
        let is_on = revision % 2 == 0;
        let written = GatewaySetting {
            outcome,
            is_on,
            updated_at: Timestamp::from_micros(1_000_000 + revision),
            revision,
            ..gateway_setting()
        };
        put(store, |tx| tx.put_gateway_setting(&written));
        assert_eq!(look(store, |tx| tx.list_gateway_settings(workspace_id(1))), [written]);
    }
}

/// One row for each gateway that was changed, in the order of their names.
pub fn settings_are_listed_by_name_in_their_workspace(store: &Store) {
    let named = |name: &str| GatewaySetting { name: name.parse().unwrap(), ..gateway_setting() };
    for name in ["test_wallet", "test_bank"] {
        put(store, |tx| tx.put_gateway_setting(&named(name)));
    }
    let elsewhere = GatewaySetting { workspace_id: workspace_id(2), ..gateway_setting() };
    put(store, |tx| tx.put_gateway_setting(&elsewhere));
    let listed = look(store, |tx| tx.list_gateway_settings(workspace_id(1)));
    assert_eq!(listed, [named("test_bank"), named("test_wallet")]);
    assert_eq!(look(store, |tx| tx.list_gateway_settings(workspace_id(2))), [elsewhere]);
}

/// What is based on an old revision is refused.
pub fn a_setting_is_written_over_the_revision_before_it(store: &Store) {
    conflict(store, |tx| tx.put_gateway_setting(&GatewaySetting { revision: 2, ..gateway_setting() }));
    put(store, |tx| tx.put_gateway_setting(&gateway_setting()));
    conflict(store, |tx| tx.put_gateway_setting(&gateway_setting()));
    conflict(store, |tx| tx.put_gateway_setting(&GatewaySetting { revision: 3, ..gateway_setting() }));
    put(store, |tx| tx.put_gateway_setting(&GatewaySetting { revision: 2, is_on: true, ..gateway_setting() }));
    assert!(look(store, |tx| tx.list_gateway_settings(workspace_id(1)))[0].is_on);
}
