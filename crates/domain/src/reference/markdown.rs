//! A reference as Markdown, for programs that read text and for people who keep it beside their code.
//!
//! The threat: a document whose texts are Markdown or HTML of their own (a link that says one thing and leads elsewhere, a script, a
//! table row that is none). The defence: every text is escaped and stands on one line, and what is code stands in a fence that is
//! longer than any in it.

use super::{Body, Example, MediaType, Operation, Parameter, Reference, Response, Schema};

/// How deep the parts of a schema are listed; examples show the rest.
const DEPTH_MAX: usize = 4;

/// The whole reference.
///
/// *repeat*: the same reference always gives the same text.
pub fn markdown(reference: &Reference) -> String {
    let mut text = format!("# {}\n\n", markdown_line(&reference.title));
    if !reference.version.is_empty() {
        add(&mut text, &format!("Version {}.\n\n", markdown_line(&reference.version)));
    }
    paragraph(&mut text, &reference.description);
    for base in &reference.base_urls {
        add(&mut text, &format!("- Base URL: {} {}\n", code(&base.url), markdown_line(&base.description)));
    }
    for group in &reference.groups {
        add(&mut text, &format!("\n## {}\n\n", markdown_line(&group.name)));
        paragraph(&mut text, &group.description);
        group.operations.iter().for_each(|operation| write_operation(&mut text, operation));
    }
    text
}

fn write_operation(text: &mut String, operation: &Operation) {
    let Operation { method, path, summary, .. } = operation;
    add(text, &format!("\n### {} {}\n\n", markdown_line(method), code(path)));
    paragraph(text, summary);
    if operation.deprecated {
        add(text, "Deprecated: nobody should begin to use it.\n\n");
    }
    paragraph(text, &operation.description);
    for way in &operation.security {
        let scopes = way.scopes.iter().map(|scope| code(scope)).collect::<Vec<_>>().join(", ");
        let scopes = if scopes.is_empty() { scopes } else { format!(", scope {scopes}") };
        add(text, &format!("- Authentication: {}{scopes}\n", code(&way.told())));
    }
    if !operation.parameters.is_empty() {
        add(text, "\nParameters:\n\n");
        operation.parameters.iter().for_each(|parameter| write_parameter(text, parameter));
    }
    if let Some(body) = &operation.body {
        write_body(text, body);
    }
    operation.responses.iter().for_each(|response| write_response(text, response));
}

fn write_parameter(text: &mut String, parameter: &Parameter) {
    let required = if parameter.required { ", required" } else { "" };
    let kind = told(&parameter.schema);
    let (name, place) = (code(&parameter.name), parameter.place.as_str());
    add(text, &format!("- {name} ({place}, {kind}{required}) {}\n", markdown_line(&parameter.description)));
}

fn write_body(text: &mut String, body: &Body) {
    let required = if body.required { " (required)" } else { "" };
    add(text, &format!("\nBody{required}: {}\n\n", markdown_line(&body.description)));
    body.media.iter().for_each(|media| write_media(text, media));
}

fn write_response(text: &mut String, response: &Response) {
    add(text, &format!("\nResponse {}: {}\n\n", code(&response.status), markdown_line(&response.description)));
    for header in &response.headers {
        add(
            text,
            &format!(
                "- header {} ({}) {}\n",
                code(&header.name),
                told(&header.schema),
                markdown_line(&header.description)
            ),
        );
    }
    response.media.iter().for_each(|media| write_media(text, media));
}

fn write_media(text: &mut String, media: &MediaType) {
    add(text, &format!("{} ({})\n\n", code(&media.name), told(&media.schema)));
    write_parts(text, &media.schema, 0);
    // One is enough to see what it looks like.
    if let Some(Example { text: example, .. }) = media.examples.first() {
        let fence = "`".repeat(longest_run(example).max(2) + 1);
        add(text, &format!("\n{fence}\n{example}\n{fence}\n\n"));
    }
}

fn write_parts(text: &mut String, schema: &Schema, depth: usize) {
    if depth >= DEPTH_MAX {
        return;
    }
    let indent = "  ".repeat(depth);
    for property in &schema.properties {
        let required = if property.required { ", required" } else { "" };
        let (name, kind) = (code(&property.name), told(&property.schema));
        add(text, &format!("{indent}- {name} ({kind}{required}) {}\n", markdown_line(&property.schema.description)));
        write_parts(text, &property.schema, depth + 1);
    }
    if let Some(item) = &schema.item {
        write_parts(text, item, depth);
    }
    for variant in schema.variants.iter().flat_map(|variants| &variants.schemas) {
        add(text, &format!("{indent}- or: {}\n", told(variant)));
        write_parts(text, variant, depth + 1);
    }
}

/// What a schema is, in a few words.
fn told(schema: &Schema) -> String {
    let mut words = vec![markdown_line(&schema.kind)];
    if !schema.format.is_empty() {
        words.push(markdown_line(&schema.format));
    }
    if schema.nullable {
        words.push("or null".to_owned());
    }
    words.extend(schema.bounds.iter().map(|bound| markdown_line(bound)));
    if !schema.values.is_empty() {
        words.push(schema.values.iter().map(|value| code(value)).collect::<Vec<_>>().join(" or "));
    }
    words.join(", ")
}

/// A text of the document that may have several lines, escaped, as one paragraph; nothing when it is empty.
fn paragraph(text: &mut String, written: &str) {
    if !written.is_empty() {
        add(text, &format!("{}\n\n", markdown_line(written)));
    }
}

/// A text on one line, without a meaning of its own in Markdown or HTML.
///
/// *Repeat:* not to be applied twice: what it has escaped would be escaped again.
pub fn markdown_line(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty())
    {
        if !escaped.is_empty() {
            escaped.push(' ');
        }
        for letter in word.chars() {
            match letter {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '!' | '~' => {
                    escaped.push('\\');
                    escaped.push(letter);
                }
                _ => escaped.push(letter),
            }
        }
    }
    escaped
}

/// A text as code within a line.
fn code(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let fence = "`".repeat(longest_run(&plain) + 1);
    let is_at_edge = plain.starts_with('`') || plain.ends_with('`');
    if is_at_edge { format!("{fence} {plain} {fence}") } else { format!("{fence}{plain}{fence}") }
}

/// The most backticks that stand side by side.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

fn add(text: &mut String, more: &str) {
    text.push_str(more);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::reference::read;

    #[test]
    fn an_operation_is_told_with_all_that_a_caller_needs() {
        let document = json!({
            "openapi": "3.1.0", "info": { "title": "Shop <b>", "version": "2" }, "servers": [{ "url": "https://a.example" }],
            "paths": { "/x/{id}": { "post": {
                "summary": "Pays *it*", "security": [{ "token": ["write"] }],
                "parameters": [{ "name": "id", "in": "path", "schema": { "type": "string", "maxLength": 3 } }],
                "requestBody": { "required": true, "content": { "application/json": { "schema": {
                    "type": "object", "required": ["sum"], "properties": { "sum": { "type": "integer", "example": 7 } } } } } },
                "responses": { "204": { "description": "Done." } },
            } } },
            "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
        });
        let expected = "# Shop &lt;b&gt;\n\nVersion 2.\n\n- Base URL: `https://a.example` \n\n## Other\n\n\n### POST `/x/{id}`\n\n\
            Pays \\*it\\*\n\n- Authentication: `Authorization: Bearer …`, scope `write`\n\nParameters:\n\n\
            - `id` (path, string, at most 3 characters, required) \n\nBody (required): \n\n`application/json` (object)\n\n\
            - `sum` (integer, required) \n\n```\n{\n  \"sum\": 7\n}\n```\n\n\nResponse `204`: Done.\n\n";
        assert_eq!(markdown(&read(&document).unwrap()), expected);
    }

    #[test]
    fn a_text_of_a_document_means_nothing() {
        assert_eq!(markdown_line("a\n# b\t<script>[x](javascript:1)"), "a \\# b &lt;script&gt;\\[x\\](javascript:1)");
        assert_eq!((code("a`b"), code("`a")), ("``a`b``".to_owned(), "`` `a ``".to_owned()));
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_line_or_opens_a_tag(text in "[<>`*#\\[\\]\\\\a \n\r\u{2028}&|]{0,40}") {
            let told = markdown_line(&text);
            prop_assert!(!told.contains(['<', '>', '\n', '\r', '\u{2028}']), "{told:?}");
            prop_assert!(!code(&text).contains(['\n', '\r']));
        }
    }
}
