//! One figure.

/// What was measured, before anybody judges it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measure {
    /// `<suite>.<what>_<unit or relation>`.
    pub(super) name: String,
    /// The figure.
    pub(super) value: f64,
    /// `us`, `ms`, `KiB`, `MiB`, `bytes`, `1/s` or `ratio`.
    pub(super) unit: String,
}

impl Measure {
    /// A figure with its name and unit.
    pub(super) fn new(name: &str, value: f64, unit: &str) -> Self {
        Self { name: name.to_owned(), value, unit: unit.to_owned() }
    }

    /// Reads the line of JSON that a measuring program prints.
    ///
    /// # Errors
    /// When a field is missing or of another type.
    pub(super) fn from_json(line: &str) -> anyhow::Result<Self> {
        use anyhow::Context as _;
        let json: serde_json::Value = serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))?;
        let text = |field: &str| json.get(field).and_then(|value| value.as_str()).map(str::to_owned);
        let value = json.get("value").and_then(serde_json::Value::as_f64);
        match (text("name"), value, text("unit")) {
            (Some(name), Some(value), Some(unit)) => Ok(Self { name, value, unit }),
            _ => anyhow::bail!("a measure needs name, value and unit: {line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_reads_what_a_program_prints() {
        let line = r#"{"name":"domain.hot_us","value":0.160,"unit":"us"}"#;
        assert_eq!(Measure::from_json(line).unwrap(), Measure::new("domain.hot_us", 0.16, "us"));
    }

    #[test]
    fn a_line_without_its_value_is_refused() {
        assert!(Measure::from_json(r#"{"name":"domain.hot_us","unit":"us"}"#).is_err());
    }
}
