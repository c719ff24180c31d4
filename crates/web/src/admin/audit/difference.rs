//! What an entry tells, in lines that people read: what was, what is, and whatever else it says.
//!
//! *Threat:* a detail that is long, deep or full of somebody's texts makes a page that nobody can open, or one that does something.
//! *Defence:* lines and their texts have a bound, and all of them are texts that the template escapes; the export has everything.
//! *Not defended:* what a text says.

use serde_json::{Map, Value};

/// Lines that are shown of one entry.
const LINES_MAX: usize = 60;

/// Characters that are shown of one value.
const CHARS_MAX: usize = 400;

/// Elements of a list up to which both lists are shown as a whole.
const WHOLE_LIST_MAX: usize = 6;

/// Where a change was asked from: it stands elsewhere on the page.
const ADDRESSES: [&str; 2] = ["from", "address"];

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Something that was changed; `None` is nothing.
    Changed { name: String, before: Option<String>, after: Option<String> },
    /// Something that is so.
    Told { name: String, value: String },
}

/// The lines of a detail, and whether there are more.
pub(super) fn lines(detail: &Value) -> (Vec<Line>, bool) {
    let mut lines = Vec::new();
    match detail {
        Value::Object(fields) => top(fields, &mut lines),
        other => tell("detail", other, &mut lines),
    }
    let is_cut = lines.len() > LINES_MAX;
    lines.truncate(LINES_MAX);
    (lines, is_cut)
}

/// Where a change was asked from, as far as the entry knows.
pub(super) fn address(detail: &Value) -> Option<&str> {
    ADDRESSES.iter().find_map(|name| detail.get(name)?.as_str())
}

fn top(fields: &Map<String, Value>, lines: &mut Vec<Line>) {
    if let Some((before, after)) = both(fields) {
        compare("", before, after, lines);
    }
    for (name, value) in fields {
        if ADDRESSES.contains(&name.as_str()) || (both(fields).is_some() && matches!(name.as_str(), "before" | "after"))
        {
            continue;
        }
        match value.as_object().filter(|inner| inner.len() == 2).and_then(both) {
            Some((before, after)) => compare(name, before, after, lines),
            None => tell(name, value, lines),
        }
    }
}

fn both(fields: &Map<String, Value>) -> Option<(&Value, &Value)> {
    fields.get("before").zip(fields.get("after"))
}

/// Objects are compared member by member; what is the same in both is left out.
fn compare(name: &str, before: &Value, after: &Value, lines: &mut Vec<Line>) {
    if before == after || lines.len() > LINES_MAX {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        let of_all = if before.is_array() || after.is_array() { "list" } else { "value" };
        let name = label(if name.is_empty() { of_all } else { name });
        let (before, after) = shown_both(before, after);
        lines.push(Line::Changed { name, before, after });
        return;
    };
    let added = new.keys().filter(|key| !old.contains_key(*key));
    for key in old.keys().chain(added) {
        let of = |fields: &Map<String, Value>| fields.get(key).cloned().unwrap_or_default();
        compare(&joined(name, key), &of(old), &of(new), lines);
    }
}

fn tell(name: &str, value: &Value, lines: &mut Vec<Line>) {
    if lines.len() > LINES_MAX {
        return;
    }
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, value)| tell(&joined(name, key), value, lines));
        }
        other => lines.extend(text(other).map(|value| Line::Told { name: label(name), value })),
    }
}

fn joined(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name} {key}") }
}

/// The two sides of a change; of long lists only what is in one of them.
fn shown_both(before: &Value, after: &Value) -> (Option<String>, Option<String>) {
    let (Value::Array(old), Value::Array(new)) = (before, after) else {
        return (text(before), text(after));
    };
    let missing =
        |of: &[Value], from: &[Value]| of.iter().filter(|item| !from.contains(item)).cloned().collect::<Vec<_>>();
    let (gone, added) = (missing(old, new), missing(new, old));
    let is_short = old.len().max(new.len()) <= WHOLE_LIST_MAX;
    if is_short || (gone.is_empty() && added.is_empty()) {
        return (text(before), text(after));
    }
    let told = |changed: Vec<Value>, all: &[Value]| {
        let same = all.len() - changed.len();
        let listed = text(&Value::Array(changed));
        match (listed, same) {
            (listed, 0) => listed,
            (Some(listed), same) => Some(format!("{listed}, and {same} more that stay")),
            (None, same) => Some(format!("{same} that stay")),
        }
    };
    (told(gone, old), told(added, new))
}

/// A value as people read it; `None` for nothing.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(text).collect::<Vec<_>>().join(", "),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    };
    Some(cut(&text)).filter(|text| !text.is_empty())
}

fn cut(text: &str) -> String {
    let shown: String = text.chars().take(CHARS_MAX).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}

/// A member's name as people read it: `window_s` is `Window (s)`.
fn label(name: &str) -> String {
    let (name, unit) = match name.rsplit_once('_') {
        Some((name, unit @ ("s" | "ms"))) => (name, format!(" ({unit})")),
        _ => (name, String::new()),
    };
    let words = cut(&name.replace('_', " "));
    let mut chars = words.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(chars).chain(unit.chars()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(name: &str, before: Option<&str>, after: Option<&str>) -> Line {
        Line::Changed { name: name.to_owned(), before: before.map(str::to_owned), after: after.map(str::to_owned) }
    }

    fn told(name: &str, value: &str) -> Line {
        Line::Told { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn what_was_changed_stands_beside_what_it_was() {
        let detail = json!({
            "before": { "name": "exports", "window_s": 60, "methods": [], "burst": 5 },
            "after": { "name": "exports", "window_s": 3600, "methods": ["POST"], "note": "new" },
            "from": "203.0.113.7",
        });
        let expected = [
            changed("Burst", Some("5"), None),
            changed("Methods", None, Some("POST")),
            changed("Window (s)", Some("60"), Some("3600")),
            changed("Note", None, Some("new")),
        ];
        assert_eq!(lines(&detail), (expected.into(), false));
        assert_eq!(address(&detail), Some("203.0.113.7"));
    }

    #[test]
    fn a_member_that_changed_and_one_that_is_so_are_told_apart() {
        let detail = json!({ "status": { "before": "active", "after": "locked" }, "rate": { "limit": 5, "window_s": 60 }, "own": true });
        let expected = [
            told("Own", "yes"),
            told("Rate limit", "5"),
            told("Rate window (s)", "60"),
            changed("Status", Some("active"), Some("locked")),
        ];
        assert_eq!(lines(&detail).0, expected);
    }

    #[test]
    fn of_long_lists_only_the_difference_is_told() {
        let before: Vec<_> = (0..10).map(|n| format!("10.{n}.0.0/16")).collect();
        let after: Vec<_> = (1..11).map(|n| format!("10.{n}.0.0/16")).collect();
        let expected =
            changed("List", Some("10.0.0.0/16, and 9 more that stay"), Some("10.10.0.0/16, and 9 more that stay"));
        assert_eq!(lines(&json!({ "before": before, "after": after })).0, [expected]);
    }

    #[test]
    fn an_order_is_told_as_a_whole() {
        let expected = changed("List", Some("a, b, c"), Some("c, a, b"));
        assert_eq!(lines(&json!({ "before": ["a", "b", "c"], "after": ["c", "a", "b"] })).0, [expected]);
    }

    #[test]
    fn what_is_long_or_odd_is_cut_and_never_left_out_in_silence() {
        let many: Map<_, _> = (0..100).map(|n| (format!("k{n}"), json!(n))).collect();
        let (shown, is_cut) = lines(&Value::Object(many));
        assert_eq!((shown.len(), is_cut), (60, true));
        let (shown, _) = lines(&json!({ "label": "x".repeat(1_000) }));
        assert_eq!(shown, [told("Label", &format!("{}…", "x".repeat(400)))]);
        assert_eq!(lines(&json!("text")).0, [told("Detail", "text")]);
        assert_eq!(lines(&json!({})), (Vec::new(), false));
    }
}
