//! For Node, and whatever else has `fetch`.

use super::literal::javascript;
use super::{KEY, SampleRequest, TIMEOUT_SECONDS};

pub(super) fn write(request: &SampleRequest) -> String {
    let key = request.key_header().map(|(name, before)| format!("{}: `{before}${{process.env.{KEY}}}`", quoted(name)));
    let others = request.headers.iter().map(|(name, value)| format!("{}: {}", quoted(name), javascript(value)));
    let headers = key.into_iter().chain(others).map(|header| format!("    {header},\n")).collect::<Vec<_>>().concat();
    let headers = if headers.is_empty() { headers } else { format!("  headers: {{\n{headers}  }},\n") };
    let body = request.body.as_deref();
    let body = body.map(|body| format!("  body: {},\n", javascript(body))).unwrap_or_default();
    format!(
        "const answer = await fetch({url}, {{\n  \
         method: {method},\n\
         {headers}\
         {body}  \
         signal: AbortSignal.timeout({TIMEOUT_SECONDS}_000),\n\
         }});\n\
         console.log(answer.status);\n\
         console.log(await answer.text());",
        url = javascript(&request.url),
        method = quoted(&request.method),
    )
}

/// Names of headers and methods have no character that means anything.
fn quoted(word: &str) -> String {
    format!("'{word}'")
}
