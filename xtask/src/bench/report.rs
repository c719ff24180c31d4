//! How figures are shown: a table for people, one JSON object a line for programs.

use serde_json::json;

use super::aims::aim;
use super::measure::Measure;

/// One line of the table: name, value, unit, aim, whether it holds.
pub(super) fn row(measure: &Measure) -> String {
    let (bound, verdict) = match aim(&measure.name) {
        Some(aim) => (aim.to_string(), if aim.holds(measure.value) { "holds" } else { "MISSED" }),
        None => (String::new(), ""),
    };
    format!("{:<32}{:>14.3} {:<8}{:<10}{verdict}", measure.name, measure.value, measure.unit, bound)
        .trim_end()
        .to_owned()
}

/// One object: `{"name", "value", "unit", "aim", "holds"}`; the last two are null without an aim.
pub(super) fn object(measure: &Measure) -> String {
    let aim = aim(&measure.name);
    json!({
        "name": measure.name,
        "value": measure.value,
        "unit": measure.unit,
        "aim": aim.map(|aim| aim.to_string()),
        "holds": aim.map(|aim| aim.holds(measure.value)),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_the_aim_holds() {
        let row = row(&Measure::new("domain.hot_us", 0.16, "us"));
        assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["domain.hot_us", "0.160", "us", "<=", "0.3", "holds"]);
    }

    #[test]
    fn an_object_carries_aim_and_verdict() {
        let object = object(&Measure::new("domain.hot_us", 0.5, "us"));
        let expected = r#"{"aim":"<= 0.3","holds":false,"name":"domain.hot_us","unit":"us","value":0.5}"#;
        assert_eq!(object, expected);
    }
}
