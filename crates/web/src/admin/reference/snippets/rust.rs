//! For Rust, with the client that most programs have already.

use super::literal::rust;
use super::{KEY, SampleRequest, TIMEOUT_SECONDS};

pub(super) fn write(request: &SampleRequest) -> String {
    let mut lines = Vec::new();
    match request.key_header() {
        Some((name, "")) => lines.push(format!(".header({}, std::env::var(\"{KEY}\")?)", rust(name))),
        Some(_) => lines.push(format!(".bearer_auth(std::env::var(\"{KEY}\")?)")),
        None => {}
    }
    for (name, value) in &request.headers {
        lines.push(format!(".header({}, {})", rust(name), rust(value)));
    }
    if let Some(body) = &request.body {
        lines.push(format!(".body({})", rust(body)));
    }
    let chain = lines.iter().map(|line| format!("        {line}\n")).collect::<Vec<_>>().concat();
    format!(
        "use std::time::Duration;\n\
         \n\
         use reqwest::{{Method, blocking::Client}};\n\
         \n\
         fn main() -> Result<(), Box<dyn std::error::Error>> {{\n\
         {s}let client = Client::builder().timeout(Duration::from_secs({TIMEOUT_SECONDS})).build()?;\n\
         {s}let answer = client\n\
         {s}{s}.request({method}, {url})\n\
         {chain}\
         {s}{s}.send()?;\n\
         {s}println!(\"{{}}\", answer.status());\n\
         {s}println!(\"{{}}\", answer.text()?);\n\
         {s}Ok(())\n\
         }}",
        method = method(&request.method),
        url = rust(&request.url),
        s = "    ",
    )
}

fn method(word: &str) -> String {
    const KNOWN: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];
    if KNOWN.contains(&word) { format!("Method::{word}") } else { format!("Method::from_bytes(b\"{word}\")?") }
}
