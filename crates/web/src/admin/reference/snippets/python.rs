//! For Python, with its own library alone.

use super::literal::python;
use super::{KEY, SampleRequest, TIMEOUT_SECONDS};

pub(super) fn write(request: &SampleRequest) -> String {
    let has_key = request.key_header().is_some();
    let key = request.key_header().map(|(name, before)| match before {
        "" => format!("{}: os.environ[\"{KEY}\"]", python(name)),
        _ => format!("{}: \"{before}\" + os.environ[\"{KEY}\"]", python(name)),
    });
    let others = request.headers.iter().map(|(name, value)| format!("{}: {}", python(name), python(value)));
    let headers =
        key.into_iter().chain(others).map(|header| format!("        {header},\n")).collect::<Vec<_>>().concat();
    let headers = if headers.is_empty() { headers } else { format!("    headers={{\n{headers}    }},\n") };
    let body = request.body.as_deref();
    let body = body.map(|body| format!("    data={}.encode(),\n", python(body))).unwrap_or_default();
    let os = if has_key { "import os\n" } else { "" };
    format!(
        "{os}import urllib.error\n\
         import urllib.request\n\
         \n\
         request = urllib.request.Request(\n\
         {s}{url},\n\
         {s}method={method},\n\
         {headers}\
         {body}\
         )\n\
         try:\n\
         {s}with urllib.request.urlopen(request, timeout={TIMEOUT_SECONDS}) as answer:\n\
         {s}{s}print(answer.status)\n\
         {s}{s}print(answer.read().decode())\n\
         except urllib.error.HTTPError as refused:\n\
         {s}print(refused.code)\n\
         {s}print(refused.read().decode())",
        url = python(&request.url),
        method = python(&request.method),
        s = "    ",
    )
}
