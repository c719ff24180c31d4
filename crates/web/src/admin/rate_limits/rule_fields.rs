//! The fields of a rule's form.

use devhub_domain::rate::{MethodSet, PATTERN_BYTES_MAX};

use crate::admin::components::{Choice, Choices, Field, Select, Tone};

pub(super) fn name(typed: &str) -> Field {
    Field {
        name: "name",
        label: "Name".to_owned(),
        value: typed.to_owned(),
        placeholder: "exports".to_owned(),
        help: Some("Callers read it in the header RateLimit-Policy: a-z, 0-9, _ and -.".to_owned()),
        is_required: true,
        max_length: Some(32),
        ..Field::default()
    }
}

pub(super) fn methods(chosen: &[String]) -> Choices {
    let choice = |word: &str| Choice {
        value: word.to_owned(),
        label: word.to_owned(),
        help: None,
        tone: Tone::Neutral,
        is_checked: chosen.iter().any(|chosen| chosen == word),
    };
    Choices {
        name: "methods",
        legend: "Methods".to_owned(),
        options: MethodSet::WORDS.map(choice).into(),
        help: Some("All when none is ticked. GET means HEAD too.".to_owned()),
        error: None,
    }
}

pub(super) fn path(typed: &str) -> Field {
    Field {
        name: "path",
        label: "Path".to_owned(),
        value: typed.to_owned(),
        placeholder: "/api/v1/payments/*".to_owned(),
        help: Some("* stands for one segment, ** at the end for all that follow. /** is every path. /api/v1/payments means /api/v1/payment-intents too.".to_owned()),
        is_required: true,
        max_length: Some(PATTERN_BYTES_MAX),
        ..Field::default()
    }
}

pub(super) fn cost(typed: &str) -> Field {
    Field {
        name: "cost",
        label: "Cost".to_owned(),
        value: typed.to_owned(),
        help: Some("How many of the requests above one takes; at most the burst.".to_owned()),
        is_required: true,
        max_length: Some(10),
        ..Field::default()
    }
}

pub(super) fn subject(typed: &str) -> Select {
    let options =
        [("key", "Each key by itself"), ("workspace", "All keys together"), ("address", "Each address by itself")];
    Select {
        help: Some("Of each kind the first rule that means a request holds, so that up to three bind it.".to_owned()),
        ..Select::new("subject", "Counts", &options, typed)
    }
}

pub(super) fn mode(typed: &str) -> Select {
    let options = [
        ("shadow", "Shadow: count what it would refuse"),
        ("enforce", "Enforce: answer 429"),
        ("off", "Off: pass it over"),
    ];
    Select {
        help: Some("Try a rule in shadow before it is enforced.".to_owned()),
        ..Select::new("mode", "Mode", &options, typed)
    }
}

pub(super) fn on_backend_error(typed: &str) -> Select {
    let options = [("allow", "Let requests pass"), ("deny", "Refuse them (503)")];
    Select::new("on_backend_error", "While the limiter does not answer", &options, typed)
}
