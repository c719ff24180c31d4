//! For PHP.

use super::literal::php;
use super::{KEY, SampleRequest, TIMEOUT_SECONDS};

pub(super) fn write(request: &SampleRequest) -> String {
    let key =
        request.key_header().map(|(name, before)| format!("{} . getenv('{KEY}')", php(&format!("{name}: {before}"))));
    let others = request.headers.iter().map(|(name, value)| php(&format!("{name}: {value}")));
    let headers =
        key.into_iter().chain(others).map(|header| format!("        {header},\n")).collect::<Vec<_>>().concat();
    let body = request.body.as_deref();
    let body = body.map(|body| format!("    CURLOPT_POSTFIELDS => {},\n", php(body))).unwrap_or_default();
    let nobody = if request.method == "HEAD" { "    CURLOPT_NOBODY => true,\n" } else { "" };
    format!(
        "<?php\n\
         $curl = curl_init({url});\n\
         curl_setopt_array($curl, [\n\
         {s}CURLOPT_CUSTOMREQUEST => {method},\n\
         {nobody}\
         {s}CURLOPT_HTTPHEADER => [\n{headers}{s}],\n\
         {body}\
         {s}CURLOPT_RETURNTRANSFER => true,\n\
         {s}CURLOPT_TIMEOUT => {TIMEOUT_SECONDS},\n\
         ]);\n\
         $answer = curl_exec($curl);\n\
         if ($answer === false) {{\n\
         {s}fwrite(STDERR, curl_error($curl) . PHP_EOL);\n\
         {s}exit(1);\n\
         }}\n\
         echo curl_getinfo($curl, CURLINFO_RESPONSE_CODE), PHP_EOL, $answer, PHP_EOL;",
        url = php(&request.url),
        method = php(&request.method),
        s = "    ",
    )
}
