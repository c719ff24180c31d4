//! Tables of keys, as the page of keys shows them.

use super::{Action, Badge, Cell, Column, Moment, Place, Row, Sample, SparkBars, Table, Tone};

impl Sample for Table {
    const TEMPLATE: &'static str = "components/table.html";

    fn samples() -> Vec<Self> {
        let rows = vec![
            key("WooCommerce Plugin", &["read", "write"], "Active"),
            key("Reporting", &["read"], "Active"),
            key("Old <b>shop</b>", &["admin"], "Revoked"),
            key(&"unbreakable".repeat(9), &["read", "write", "admin"], "Active"),
        ];
        vec![Self { caption: "API keys".to_owned(), columns: columns(), rows }, operators(), rules(), endpoints()]
    }
}

fn rules() -> Table {
    let row = |name: &str, has_before, has_after| {
        let value = format!("rpl_{}", name.len());
        let place = Place { form: "order", value: value.clone(), name: name.to_owned(), has_before, has_after };
        let cells = vec![Cell::Strong(name.to_owned()), Cell::Ordered(place, vec![action("Delete", name, true)])];
        Row { is_dimmed: false, id: value, cells }
    };
    let rows = vec![row("exports", false, true), row("payments", true, false)];
    Table { caption: "Rules".to_owned(), columns: vec![Column::new("Rule"), Column::actions()], rows }
}

fn endpoints() -> Table {
    let row = |id: &str, second: &str, tone, note: &str| Row {
        is_dimmed: false,
        id: id.to_owned(),
        cells: vec![
            Cell::Linked {
                href: format!("/admin/developer/webhooks/{id}"),
                first: "https://shop.example/hook?<b>".to_owned(),
                second: second.to_owned(),
            },
            Cell::Noted { badge: Badge { tone, text: "Active".to_owned() }, note: note.to_owned() },
            Cell::Text("99.2 %".to_owned()),
            Cell::Sparks(SparkBars::samples().remove(0)),
        ],
    };
    let rows =
        vec![row("one", "The <i>shop</i>", Tone::Good, ""), row("two", "", Tone::Bad, "The receiver is <gone>.")];
    let columns = ["Endpoint", "Status", "Success", "24 hours"].map(Column::new).into();
    Table { caption: "Endpoints".to_owned(), columns, rows }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Name"),
        Column::new("Key"),
        Column::new("Scopes"),
        Column::new("State"),
        Column::new("Created"),
        Column::new("Last used"),
        Column::actions(),
    ]
}

fn key(name: &str, scopes: &[&str], state: &str) -> Row {
    let is_active = state == "Active";
    let scope = |text: &&str| Badge {
        tone: if *text == "admin" { Tone::Bad } else { Tone::Neutral },
        text: (*text).to_owned(),
    };
    let badge = Badge { tone: if is_active { Tone::Good } else { Tone::Neutral }, text: state.to_owned() };
    let state = Cell::State { badge, until: is_active.then(|| ("expires", moment())) };
    let used = if is_active { Cell::Moment(moment()) } else { Cell::Empty };
    let actions = if is_active { vec![action("Lock", name, false), action("Revoke", name, true)] } else { Vec::new() };
    let cells = vec![
        Cell::Strong(name.to_owned()),
        Cell::Code("op_8ae87c48••••".to_owned()),
        Cell::Badges(scopes.iter().map(scope).collect()),
        state,
        Cell::Moment(moment()),
        used,
        Cell::Actions(actions),
    ];
    Row { is_dimmed: !is_active, id: format!("row-{}", name.len()), cells }
}

fn operators() -> Table {
    let linked = Cell::Linked {
        href: "/admin/operators/1".to_owned(),
        first: "Ada <Byron>".to_owned(),
        second: "ada@shop.example".to_owned(),
    };
    let choice = Cell::Choice { form: "bulk", value: "1".to_owned(), label: "Choose Ada Byron".to_owned() };
    let rows = vec![Row { is_dimmed: false, id: "row-linked".to_owned(), cells: vec![linked, choice] }];
    Table { caption: "Operators".to_owned(), columns: vec![Column::new("Operator"), Column::new("Signed in")], rows }
}

fn action(label: &str, name: &str, is_danger: bool) -> Action {
    Action {
        is_question: true,
        label: label.to_owned(),
        href: format!("/admin/developer/api-keys/1/{}", label.to_lowercase()),
        is_danger,
        accessible_label: format!("{label} {name}"),
    }
}

fn moment() -> Moment {
    Moment::samples().remove(0)
}
