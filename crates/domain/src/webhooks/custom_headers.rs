//! The headers of one's own that requests to an endpoint carry, as the hub keeps them.

use data_encoding::BASE64;

use super::{HeaderName, HeaderText};
use crate::entropy::Entropy;
use crate::id::EndpointId;
use crate::sealing::{Place, SealError, Sealed, Sealer};
use crate::secret::Secret;

/// Most headers of one endpoint: each makes every request longer.
pub const CUSTOM_HEADERS_MAX: usize = 20;

/// A header of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomHeader {
    /// Its name, spelt as it is sent.
    pub name: HeaderName,
    /// What it says.
    pub value: CustomValue,
}

/// What a header of one's own says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomValue {
    /// A text that anybody may see who sees the endpoint.
    Plain(String),
    /// A secret, which is sent and never shown.
    Sensitive(Sealed),
}

impl CustomValue {
    /// Whether it is a secret.
    pub const fn is_sensitive(&self) -> bool {
        matches!(self, Self::Sensitive(_))
    }
}

/// The headers of one endpoint, in the order of sending. No two have the same name.
///
/// *Shape:* [`CustomHeaders::to_stored`] writes a line for each: the name, then `:` and the text, or `;` and the sealed bytes in
/// base64. Neither sign is part of a name, and no text has an end of line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomHeaders(Vec<CustomHeader>);

impl CustomHeaders {
    /// The headers in the order of sending. Whoever calls has checked their names and their number.
    pub(super) fn checked(headers: Vec<CustomHeader>) -> Self {
        Self(headers)
    }

    /// The headers in the order of sending.
    pub fn iter(&self) -> std::slice::Iter<'_, CustomHeader> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The header with this name, in whatever case.
    pub(super) fn find(&self, name: &HeaderName) -> Option<&CustomHeader> {
        self.0.iter().find(|header| header.name.is_same(name))
    }

    /// What a store keeps; `None` when there is none.
    pub fn to_stored(&self) -> Option<String> {
        let line = |header: &CustomHeader| match &header.value {
            CustomValue::Plain(text) => format!("{}:{text}", header.name),
            CustomValue::Sensitive(sealed) => format!("{};{}", header.name, BASE64.encode(sealed.as_bytes())),
        };
        (!self.is_empty()).then(|| self.iter().map(line).collect::<Vec<_>>().join("\n"))
    }

    /// The headers that a store has kept; `None` when that is damaged.
    pub fn from_stored(text: &str) -> Option<Self> {
        let headers: Option<Vec<_>> = text.lines().map(from_line).collect();
        let headers = headers.filter(|headers| (1..=CUSTOM_HEADERS_MAX).contains(&headers.len()))?;
        let is_first = |(at, header): (usize, &CustomHeader)| {
            headers.iter().position(|other| other.name.is_same(&header.name)) == Some(at)
        };
        headers.iter().enumerate().all(is_first).then(|| Self(headers.clone()))
    }
}

impl<'a> IntoIterator for &'a CustomHeaders {
    type Item = &'a CustomHeader;
    type IntoIter = std::slice::Iter<'a, CustomHeader>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn from_line(line: &str) -> Option<CustomHeader> {
    let (name, rest) = line.split_at_checked(line.find([':', ';'])?)?;
    let value = match rest.strip_prefix(':') {
        Some(text) => CustomValue::Plain(HeaderText::new(Secret::new(text)).ok()?.secret().expose().to_owned()),
        None => CustomValue::Sensitive(Sealed::from_bytes(BASE64.decode(rest.strip_prefix(';')?.as_bytes()).ok()?)),
    };
    Some(CustomHeader { name: HeaderName::new(name).ok()?, value })
}

/// Seals what a sensitive header of an endpoint says. It opens for this endpoint and this name only, in whatever case.
pub(super) fn seal(
    endpoint_id: EndpointId,
    name: &HeaderName,
    text: &HeaderText,
    sealer: &Sealer,
    entropy: &dyn Entropy,
) -> Sealed {
    let row = row(endpoint_id, name);
    sealer.seal(text.secret().expose().as_bytes(), place(&row), entropy)
}

/// Opens what a sensitive header of an endpoint says.
///
/// # Errors
/// [`SealError`] when it was sealed under another master key, was moved or is damaged.
pub(super) fn open(
    endpoint_id: EndpointId,
    name: &HeaderName,
    kept: &Sealed,
    sealer: &Sealer,
) -> Result<Secret, SealError> {
    let row = row(endpoint_id, name);
    let bytes = sealer.open(kept, place(&row))?;
    let text = std::str::from_utf8(&bytes).ok().map(Secret::new);
    let text = text.and_then(|text| HeaderText::new(text).ok()).ok_or(SealError::Damaged)?;
    Ok(text.secret().clone())
}

/// The endpoint and the header: a value that is moved to another name would tell a secret to whoever logs that header.
fn row(endpoint_id: EndpointId, name: &HeaderName) -> Vec<u8> {
    [endpoint_id.as_bytes(), name.as_str().to_ascii_lowercase().as_bytes()].concat()
}

fn place(row: &[u8]) -> Place<'_> {
    Place { table: "endpoints", column: "headers", row }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::MasterKey;
    use crate::testing::SeededEntropy;

    fn name(text: &str) -> HeaderName {
        HeaderName::new(text).unwrap()
    }

    #[test]
    fn headers_read_back_what_they_were_stored_as() {
        let headers = CustomHeaders(vec![
            CustomHeader { name: name("X-Shop"), value: CustomValue::Plain("a: b; c\td".to_owned()) },
            CustomHeader {
                name: name("Authorization"),
                value: CustomValue::Sensitive(Sealed::from_bytes(vec![0, 10, 255])),
            },
        ]);
        let stored = headers.to_stored().unwrap();
        assert_eq!(stored, "X-Shop:a: b; c\td\nAuthorization;AAr/");
        assert_eq!(CustomHeaders::from_stored(&stored), Some(headers));
        assert_eq!(CustomHeaders::default().to_stored(), None);
    }

    #[test]
    fn what_is_damaged_is_no_header() {
        let many: Vec<_> = (0..21).map(|number| format!("X-{number}:a")).collect();
        let many = many.join("\n");
        for stored in ["", "X-Shop", "X-Shop:", "Host:a", "X-Shop:\u{e4}", "X-Shop;?", "X-A:a\nx-a:b", many.as_str()] {
            assert_eq!(CustomHeaders::from_stored(stored), None, "{stored:?}");
        }
    }

    #[test]
    fn a_sealed_value_opens_for_its_endpoint_and_its_name_only() {
        let sealer = Sealer::new(&MasterKey::from_bytes([3; 32]));
        let (one, other) = (EndpointId::from_bytes([1; 16]), EndpointId::from_bytes([2; 16]));
        let text = HeaderText::new(Secret::new("Bearer abc")).unwrap();
        let kept = seal(one, &name("Authorization"), &text, &sealer, &SeededEntropy::new(1));
        assert_eq!(open(one, &name("authorization"), &kept, &sealer), Ok(Secret::new("Bearer abc")));
        assert_eq!(open(other, &name("Authorization"), &kept, &sealer), Err(SealError::Damaged));
        assert_eq!(open(one, &name("X-Shop"), &kept, &sealer), Err(SealError::Damaged));
    }
}
