//! YAML, with places. The parser gives events; what they mean (the core schema of YAML 1.2) is decided here.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Number, Value};

use super::node::{Builder, Content, Node, Position};
use crate::reference::{Fault, Problem};

/// Reads a text that holds one document.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let mut builder = Builder::default();
    let mut documents = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let detail = error.info().chars().take(200).collect();
            builder.fault(position(error.marker()), Problem::Syntax { format: "YAML", detail })
        })?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
        }
        if documents > 1 {
            let detail = "a second document begins here".to_owned();
            return Err(builder.fault(position(&span.start), Problem::Syntax { format: "YAML", detail }));
        }
        take(&mut builder, event, &span)?;
    }
    let nothing = builder.fault((1, 1), Problem::Syntax { format: "YAML", detail: "it is empty".to_owned() });
    builder.finish().ok_or(nothing)
}

fn take(builder: &mut Builder, event: Event<'_>, span: &Span) -> Result<(), Fault> {
    let at = position(&span.start);
    match event {
        Event::Scalar(text, style, _, tag) if builder.wants_name() => {
            if text == "<<" && style == ScalarStyle::Plain && tag.is_none() {
                return Err(builder.fault(at, Problem::Alias));
            }
            builder.name(at, text.into_owned())
        }
        Event::MappingStart(..) | Event::SequenceStart(..) if builder.wants_name() => {
            let detail = "a name must be a text".to_owned();
            Err(builder.fault(at, Problem::Syntax { format: "YAML", detail }))
        }
        Event::Scalar(text, style, _, tag) => {
            let is_plain = style == ScalarStyle::Plain && tag.is_none_or(|tag| tag.suffix != "str");
            builder.scalar(at, if is_plain { plain(&text) } else { Value::String(text.into_owned()) })
        }
        Event::MappingStart(..) => builder.begin(at, Content::Members(Vec::new())),
        Event::SequenceStart(..) => builder.begin(at, Content::List(Vec::new())),
        Event::MappingEnd | Event::SequenceEnd => {
            builder.end();
            Ok(())
        }
        Event::Alias(_) => Err(builder.fault(at, Problem::Alias)),
        Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => Ok(()),
    }
}

/// The parser counts lines from 1 and columns from 0.
fn position(marker: &saphyr_parser::Marker) -> Position {
    (marker.line(), marker.col() + 1)
}

/// What a text without quotes means.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

/// Numbers as YAML writes them; infinities and what is no number stay texts, which is what they are in JSON.
fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '+' | '.')) {
        return None;
    }
    let radix = |prefix, radix| text.strip_prefix(prefix).and_then(|digits| u64::from_str_radix(digits, radix).ok());
    if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(number.into());
    }
    let is_number = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '+' | '.' | 'e' | 'E');
    if !text.chars().all(is_number) {
        return None;
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(number.into());
    }
    text.parse().ok().and_then(Number::from_f64)
}
