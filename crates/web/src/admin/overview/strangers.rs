//! Who tries tokens that no key has: from which networks, and how often.

use devhub_domain::usage::{NetworkTotal, UnknownTotals};

use super::figures::Figure;
use crate::admin::components::{Cell, Column, Row, Table};
use crate::admin::grouped::grouped;
use crate::admin::span::Span;

/// Where on the page the networks stand.
const HREF: &str = "#strangers-title";

/// Attempts with tokens that no key has, as the page tells them.
pub(super) struct Strangers {
    /// `None` where nobody has tried any.
    pub(super) table: Option<Table>,
    /// How many there are besides those of the table; empty when there are none.
    pub(super) more: String,
    /// `in the last 24 hours`.
    pub(super) when: &'static str,
}

impl Strangers {
    pub(super) fn of(totals: &UnknownTotals, span: Span) -> Self {
        let rows: Vec<_> = totals.networks.iter().map(row).collect();
        let listed: u64 = totals.networks.iter().map(attempts_of).sum();
        let columns = ["Network", "Unknown tokens", "No tokens at all"].map(Column::new).into();
        let table = Table { caption: "Networks that most came from".to_owned(), columns, rows };
        Self {
            table: (!totals.networks.is_empty()).then_some(table),
            more: more(totals.attempts.saturating_sub(listed), totals),
            when: span.said(),
        }
    }
}

/// The number at the top.
pub(super) fn figure(totals: &UnknownTotals) -> Figure {
    let note = match totals.networks_seen {
        0 => "nobody has tried one".to_owned(),
        1 => "from 1 network".to_owned(),
        count => format!("from {} networks", grouped(count)),
    };
    Figure { label: "Unknown tokens", value: grouped(totals.attempts), note, href: HREF.to_owned() }
}

const fn attempts_of(network: &NetworkTotal) -> u64 {
    network.unknown.saturating_add(network.malformed)
}

fn row(total: &NetworkTotal) -> Row {
    let network = total.network.map_or_else(|| "All other networks".to_owned(), |network| network.to_string());
    let cells =
        vec![Cell::Strong(network.clone()), Cell::Text(grouped(total.unknown)), Cell::Text(grouped(total.malformed))];
    Row { is_dimmed: false, id: format!("network-{}", network.replace(['.', ':', '/', ' '], "-")), cells }
}

fn more(attempts: u64, totals: &UnknownTotals) -> String {
    let listed = u64::try_from(totals.networks.len()).unwrap_or(u64::MAX);
    match totals.networks_seen.saturating_sub(listed) {
        0 => String::new(),
        1 => format!("{} more came from 1 other network.", grouped(attempts)),
        networks => format!("{} more came from {} other networks.", grouped(attempts), grouped(networks)),
    }
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;

    fn total(network: Option<&str>, unknown: u64, malformed: u64) -> NetworkTotal {
        NetworkTotal { network: network.map(|network| network.parse().unwrap()), unknown, malformed }
    }

    /// As if somebody had tried many.
    pub(in crate::admin::overview) fn many() -> Strangers {
        let networks =
            vec![total(Some("203.0.113.0/24"), 12_000, 3), total(None, 40, 0), total(Some("2001:db8::/48"), 1, 0)];
        Strangers::of(&UnknownTotals { networks, attempts: 12_061, networks_seen: 9 }, Span::Week)
    }

    #[test]
    fn what_is_not_listed_is_told_in_words() {
        assert_eq!(many().more, "17 more came from 6 other networks.");
        let one = UnknownTotals { networks: vec![total(None, 1, 0)], attempts: 1, networks_seen: 1 };
        assert_eq!(Strangers::of(&one, Span::Day).more, "");
        assert!(Strangers::of(&UnknownTotals::default(), Span::Day).table.is_none());
        assert_eq!(figure(&one).note, "from 1 network");
    }
}
