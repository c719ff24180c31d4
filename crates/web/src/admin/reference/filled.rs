//! An operation as a request, with values filled in.

use devhub_domain::reference::{Operation, Parameter, ParameterPlace, SecurityKind};
use serde_json::Value;

use super::snippets::{Proof, SampleRequest, encoded};

/// The request that snippets send: what is required, with the values of the document.
pub(super) fn sample_request(operation: &Operation, base_url: &str) -> SampleRequest {
    let mut path = operation.path.clone();
    for parameter in placed(operation, ParameterPlace::Path) {
        path = path.replace(&format!("{{{}}}", parameter.name), &encoded(&value(parameter)));
    }
    let mut request = SampleRequest::new(&operation.method, &format!("{base_url}{path}"));
    for parameter in placed(operation, ParameterPlace::Query).filter(|parameter| parameter.required) {
        request.push_query(&parameter.name, &value(parameter));
    }
    for parameter in placed(operation, ParameterPlace::Header).filter(|parameter| parameter.required) {
        request.push_header(&parameter.name, &value(parameter));
    }
    request.proof = proof(operation);
    if let Some((media, text)) = body(operation) {
        request.push_header("Content-Type", &media);
        request.set_body(&text);
    }
    request
}

/// Those parameters that stand there.
pub(super) fn placed(operation: &Operation, place: ParameterPlace) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().filter(move |parameter| parameter.place == place)
}

/// How it is proved who asks: the first way that can be sent from a program without more.
pub(super) fn proof(operation: &Operation) -> Proof {
    let ways = operation.security.iter().filter_map(|one| match &one.kind {
        SecurityKind::Bearer => Some(Proof::Bearer),
        SecurityKind::Header(name) => Some(Proof::Header(name.clone())),
        _ => None,
    });
    let mut ways: Vec<_> = ways.collect();
    ways.sort_by_key(|proof| *proof != Proof::Bearer);
    ways.into_iter().next().unwrap_or(Proof::None)
}

/// The media type and text of the first example of a body.
pub(super) fn body(operation: &Operation) -> Option<(String, String)> {
    let media = operation.body.as_ref()?.media.first()?;
    let example = media.examples.first().map(|example| example.text.clone()).unwrap_or_default();
    Some((media.name.clone(), example))
}

/// What a parameter can be: the document's example, default or first value, else its name in capitals, which tells to replace it.
pub(super) fn value(parameter: &Parameter) -> String {
    let schema = &parameter.schema;
    let of_json = |json: &str| match serde_json::from_str(json) {
        Ok(Value::String(text)) => text,
        _ => json.to_owned(),
    };
    let found = [schema.example.as_str(), schema.default.as_str(), schema.values.first().map_or("", String::as_str)];
    if !parameter.example.is_empty() {
        return parameter.example.clone();
    }
    let found = found.into_iter().find(|json| !json.is_empty());
    found.map_or_else(|| parameter.name.to_uppercase(), of_json)
}
