//! The request that is written down.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in a path or a query as it is. *Source:* RFC 3986, 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How it is proved who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::admin::reference) enum Proof {
    /// `Authorization: Bearer`.
    #[default]
    Bearer,
    /// A header of this name.
    Header(String),
    /// Not at all.
    None,
}

/// A request with values filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::admin::reference) struct SampleRequest {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
    pub(in crate::admin::reference) proof: Proof,
    pub(super) has_query: bool,
}

impl SampleRequest {
    /// A request with a key and nothing else. The address is one already: parameters in it were encoded.
    pub(in crate::admin::reference) fn new(method: &str, url: &str) -> Self {
        // A method that is no word would be one in no language.
        let method = method.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase();
        let url = encode_rest(url);
        let has_query = url.contains('?');
        Self { method, url, headers: Vec::new(), body: None, proof: Proof::Bearer, has_query }
    }

    /// Adds a parameter to the query.
    pub(in crate::admin::reference) fn push_query(&mut self, name: &str, value: &str) {
        self.url.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.url.push_str(&encoded(name));
        self.url.push('=');
        self.url.push_str(&encoded(value));
    }

    /// Adds a header; one whose name is none is left out.
    pub(in crate::admin::reference) fn push_header(&mut self, name: &str, value: &str) {
        if is_header_name(name) {
            self.headers.push((name.to_owned(), one_line(value)));
        }
    }

    /// Gives it a body.
    pub(in crate::admin::reference) fn set_body(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n");
        self.body = Some(text.chars().filter(|one| !one.is_control() || matches!(one, '\n' | '\t')).collect());
    }

    /// The name of the header that holds the key, and what stands before the key.
    pub(super) fn key_header(&self) -> Option<(&str, &'static str)> {
        match &self.proof {
            Proof::Bearer => Some(("Authorization", "Bearer ")),
            Proof::Header(name) if is_header_name(name) => Some((name, "")),
            Proof::Header(_) | Proof::None => None,
        }
    }
}

/// A value as it stands in an address.
pub(in crate::admin::reference) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// What no address holds is encoded; all else stays.
fn encode_rest(url: &str) -> String {
    let mut encoded = String::new();
    for one in url.chars() {
        if one.is_ascii_graphic() && !matches!(one, '"' | '\'' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}') {
            encoded.push(one);
        } else {
            encoded.extend(utf8_percent_encode(one.encode_utf8(&mut [0; 4]), NON_ALPHANUMERIC));
        }
    }
    encoded
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn one_line(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_and_what_is_no_header_is_left_out() {
        let mut request = SampleRequest::new("get", "https://pay.example/a b?x=1");
        request.push_query("q&", "ä=\n");
        request.push_header("X-Ok", "1\r\nEvil: 2");
        request.push_header("X: y", "1");
        assert_eq!(request.url, "https://pay.example/a%20b?x=1&q%26=%C3%A4%3D%0A");
        assert_eq!(request.headers, [("X-Ok".to_owned(), "1Evil: 2".to_owned())]);
        assert_eq!(request.method, "GET");
    }
}
