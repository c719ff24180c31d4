//! The fields of a form that was sent.

use devhub_domain::secret::Secret;
use url::form_urlencoded;

/// The fields of a form, in the order in which they were sent.
///
/// No `Debug`: one of them may be a password.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a body of `application/x-www-form-urlencoded`, whose length is bounded by whoever has read it.
    pub(crate) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Fields that were read in another way; whoever reads them bounds them.
    pub(crate) const fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The first value of a field; the empty text when it is absent, as browsers send a field that nothing was typed into.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.values(name).next().unwrap_or_default()
    }

    /// The same, of a password.
    pub(crate) fn secret(&self, name: &str) -> Secret {
        Secret::new(self.text(name))
    }

    /// Every value of a field, such as of the boxes that were ticked.
    pub(crate) fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_browsers_send_them() {
        let fields = Fields::parse("label=Caf%C3%A9+1&scopes=read&scopes=write&empty=".as_bytes());
        assert_eq!(fields.text("label"), "Café 1");
        assert_eq!(fields.values("scopes").collect::<Vec<_>>(), ["read", "write"]);
        assert_eq!((fields.text("empty"), fields.text("absent")), ("", ""));
    }

    #[test]
    fn what_is_no_text_is_read_as_well_as_can_be() {
        assert_eq!(Fields::parse(b"label=%FF%&&=").text("label"), "\u{fffd}%");
    }
}
