//! What a customer is. *Source:* contract §2.9, §3.5.
//!
//! *Threat:* names, addresses and telephone numbers in logs, and in events that receivers keep.
//! *Defence:* none of them prints itself, and events carry the masked forms. *Not defended:* the API tells them in full to every key of the
//! workspace that may read, as the contract has it.

use std::fmt;

use devhub_domain::id::WorkspaceId;
use devhub_domain::time::Timestamp;

use crate::ids::CustomerId;
use crate::text::cut;

/// How many characters of a name are kept. *Source:* contract §2.5.
pub const NAME_CHARS_MAX: usize = 150;

/// How many characters of a telephone number are kept. *Source:* contract §2.5.
pub const PHONE_CHARS_MAX: usize = 30;

/// The longest mail address. *Source:* RFC 5321 §4.5.3.1, a path without its angle brackets.
pub const EMAIL_CHARS_MAX: usize = 254;

/// What a customer is called that nobody named. *Source:* contract §3.5.
const NAME_DEFAULT: &str = "API Customer";

macro_rules! private {
    ($($name:ident: $shown:literal),*) => {$(
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            /// People do not belong in logs.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($shown)
            }
        }
    )*};
}

private!(CustomerName: "[name]", Email: "[email]", Phone: "[phone]");

/// What a customer is called. *Shape:* 1 to 150 characters without tags and control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerName(String);

impl CustomerName {
    /// What is kept of a name: tags are taken out, the rest is cut; `None` when nothing is left.
    pub fn cut(text: &str) -> Option<Self> {
        let name = cut(&without_tags(text), NAME_CHARS_MAX);
        (!name.is_empty()).then_some(Self(name))
    }

    /// The first letter of each word, and three stars.
    pub fn masked(&self) -> String {
        let initials = self.0.split_whitespace().filter_map(|word| word.chars().next());
        initials.map(|initial| format!("{initial}***")).collect::<Vec<_>>().join(" ")
    }
}

impl Default for CustomerName {
    fn default() -> Self {
        Self(NAME_DEFAULT.to_owned())
    }
}

/// A text without whatever stands between `<` and `>`. A `<` that nothing closes stays: it is no tag.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        let Some((_, after)) = tag.split_once('>') else {
            plain.push('<');
            rest = tag;
            break;
        };
        rest = after;
    }
    plain + rest
}

/// A mail address, as it was written. *Shape:* one `@` with text on both sides, at most 254 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

/// The text is no mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must look like name@example.com and have at most {EMAIL_CHARS_MAX} characters")]
pub struct EmailError;

impl Email {
    /// Checks an address; white space at its ends is dropped.
    ///
    /// # Errors
    /// [`EmailError`] when it does not have its shape.
    pub fn new(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let is_plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
        let parts = text.split_once('@');
        let has_shape = parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
        if is_plain && has_shape && text.chars().count() <= EMAIL_CHARS_MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(EmailError)
        }
    }

    /// The form in which two addresses are compared: customers of a workspace have different ones.
    pub fn normalised(&self) -> String {
        self.0.trim().to_lowercase()
    }

    /// Two characters of the name and of the first label of the host, the rest hidden, of which three at least. *Source:* contract §2.9.
    pub fn masked(&self) -> String {
        let (name, host) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let (label, rest) =
            host.split_once('.').map_or((host, String::new()), |(label, rest)| (label, format!(".{rest}")));
        format!("{}@{}{rest}", masked(name), masked(label))
    }
}

/// The first two characters, and a star for each other one: three at least.
fn masked(text: &str) -> String {
    let hidden = text.chars().count().saturating_sub(2).max(3);
    text.chars().take(2).chain(std::iter::repeat_n('*', hidden)).collect()
}

/// A telephone number. *Shape:* 1 to 30 of digits, `+`, `-`, `(`, `)` and spaces, of which one digit at least.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// What is kept of a number: other characters are left out, the rest is cut; `None` when no digit is left.
    pub fn cut(text: &str) -> Option<Self> {
        let plain: String = text.trim().chars().filter(|c| is_of_phone(*c)).take(PHONE_CHARS_MAX).collect();
        let plain = plain.trim();
        plain.bytes().any(|byte| byte.is_ascii_digit()).then(|| Self(plain.to_owned()))
    }

    /// The number that a text is, as a whole; `None` for one with other characters, or that is too long: cut, it would be another's.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_plain = text.chars().all(is_of_phone) && text.chars().count() <= PHONE_CHARS_MAX;
        is_plain.then(|| Self::cut(text)).flatten()
    }

    /// The form in which two numbers are compared: digits, and a `+` before them.
    pub fn normalised(&self) -> String {
        let plus = self.0.starts_with('+').then_some('+');
        plus.into_iter().chain(self.0.chars().filter(char::is_ascii_digit)).collect()
    }

    /// The last four characters shown, the four before them hidden. *Source:* contract §2.9.
    pub fn masked(&self) -> String {
        let count = self.0.chars().count();
        let hide = |(position, c)| {
            let from_end = count - position;
            if (5..=8).contains(&from_end) { '*' } else { c }
        };
        self.0.chars().enumerate().map(hide).collect()
    }
}

/// Whether a character may stand in a telephone number.
const fn is_of_phone(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | ' ')
}

/// Somebody who pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Whose customer.
    pub workspace_id: WorkspaceId,
    /// Counted from 1 in its workspace: the integer that clients know as `id`.
    pub number: i64,
    /// Its identifier: what clients know as `uuid`.
    pub id: CustomerId,
    /// What it is called.
    pub name: CustomerName,
    /// Its mail address; its normalised form is unique in the workspace.
    pub email: Option<Email>,
    /// Its telephone number; several customers may have one.
    pub phone: Option<Phone>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts changes; the first state is 1.
    pub revision: i64,
}

/// Who pays, as a payment tells: the customer with this address is found or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer {
    /// The mail address.
    pub email: Email,
    /// The name, if it is known.
    pub name: Option<CustomerName>,
    /// The telephone number, if it is known.
    pub phone: Option<Phone>,
}

impl Payer {
    /// The customer with what is known of it now; `None` when that is what it has already.
    pub(crate) fn changes(&self, customer: &Customer, now: Timestamp) -> Option<Customer> {
        let name = self.name.clone().unwrap_or_else(|| customer.name.clone());
        let phone = self.phone.clone().or_else(|| customer.phone.clone());
        if name == customer.name && phone == customer.phone {
            return None;
        }
        Some(Customer { name, phone, updated_at: now, revision: customer.revision + 1, ..customer.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// *Source:* contract §2.9.
    #[test]
    fn a_mail_address_is_masked_but_for_two_characters_of_name_and_host() {
        let rows = [
            ("ada.lovelace@example.com", "ad**********@ex*****.com"),
            ("a@b.c", "a***@b***.c"),
            ("ab@localhost", "ab***@lo*******"),
            ("ada@mail.example.co.uk", "ad***@ma***.example.co.uk"),
            ("äöü@bücher.example", "äö***@bü****.example"),
        ];
        for (email, wanted) in rows {
            assert_eq!(Email::new(email).unwrap().masked(), wanted);
        }
    }

    /// *Source:* contract §2.9.
    #[test]
    fn a_telephone_number_hides_the_four_before_its_last_four() {
        let rows =
            [("+8801712345678", "+88017****5678"), ("12345678", "****5678"), ("123456", "**3456"), ("123", "123")];
        for (phone, wanted) in rows {
            assert_eq!(Phone::cut(phone).unwrap().masked(), wanted);
        }
    }

    #[test]
    fn a_name_is_masked_to_its_initials() {
        assert_eq!(CustomerName::cut("Ada  Lovelace").unwrap().masked(), "A*** L***");
    }

    /// *Source:* contract §2.5.
    #[test]
    fn a_name_loses_its_tags_and_what_is_too_long() {
        let cut = |text: &str| CustomerName::cut(text).map(|name| name.as_str().to_owned());
        assert_eq!(cut(" <b>Ada</b> <script>x</script>Lovelace\n"), Some("Ada xLovelace".to_owned()));
        assert_eq!(cut("1 < 2"), Some("1 < 2".to_owned()));
        assert_eq!(cut(&"ä".repeat(151)), Some("ä".repeat(150)));
        assert_eq!(cut("<p></p> "), None);
        assert_eq!(CustomerName::default().as_str(), "API Customer");
    }

    /// *Source:* contract §2.5.
    #[test]
    fn a_telephone_number_keeps_digits_and_a_few_signs() {
        let cut = |text: &str| Phone::cut(text).map(|phone| (phone.as_str().to_owned(), phone.normalised()));
        assert_eq!(cut(" tel:+880 (17)-12x "), Some(("+880 (17)-12".to_owned(), "+8801712".to_owned())));
        assert_eq!(cut(&"1".repeat(31)), Some(("1".repeat(30), "1".repeat(30))));
        assert_eq!(cut("none"), None);
        assert_eq!(cut("+-()"), None);
    }

    #[test]
    fn a_mail_address_is_compared_without_case_and_kept_as_written() {
        let email = Email::new(" Ada@Example.COM ").unwrap();
        assert_eq!((email.as_str(), email.normalised().as_str()), ("Ada@Example.COM", "ada@example.com"));
        for bad in ["", "ada", "@b.c", "a@", "a@b@c", "a b@c", &format!("{}@b", "a".repeat(253))] {
            assert_eq!(Email::new(bad), Err(EmailError), "{bad}");
        }
    }

    #[test]
    fn people_are_not_printed() {
        let email = Email::new("ada@example.com").unwrap();
        let name = CustomerName::cut("Ada").unwrap();
        let phone = Phone::cut("123").unwrap();
        assert_eq!(format!("{email:?} {name:?} {phone:?}"), "[email] [name] [phone]");
    }
}
