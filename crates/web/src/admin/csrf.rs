//! The value that forms carry, so that only our own pages can send them.
//!
//! *Threat:* another site's page makes the browser send a form along with its cookie; the value is read out of compressed pages, byte
//! by byte, by whoever can have text of his own shown beside it (BREACH); a form that was opened in one workspace is sent when its
//! operator works in another. *Defence:* the value follows from the token in the cookie, which other sites do not know, and from the
//! workspace; each page masks it anew, so that it never looks the same twice. *Not defended:* a script in our own pages, which the
//! content security policy keeps out.

use data_encoding::BASE64URL_NOPAD;
use devhub_domain::entropy::{Entropy, random_bytes};
use devhub_domain::secret::Secret;

/// Bytes of the value, and of its mask.
const BYTES: usize = 32;

/// The value for the forms of one page.
///
/// *Shape:* 86 characters of `A-Z a-z 0-9 - _`: a mask and the masked value.
pub(super) fn masked(value: &Secret, entropy: &dyn Entropy) -> String {
    let mask: [u8; BYTES] = random_bytes(entropy);
    let value = BASE64URL_NOPAD.decode(value.expose().as_bytes()).unwrap_or_default();
    let mut text = mask.to_vec();
    text.extend(mask.iter().zip(value).map(|(mask, byte)| mask ^ byte));
    BASE64URL_NOPAD.encode(&text)
}

/// The value that a form carries; whether it is one, the comparison tells.
pub(super) fn unmasked(carried: &str) -> Secret {
    let bytes = BASE64URL_NOPAD.decode(carried.as_bytes()).unwrap_or_default();
    let Some((mask, masked)) = bytes.split_at_checked(BYTES) else {
        return Secret::new("");
    };
    let value: Vec<u8> = masked.iter().enumerate().map(|(at, byte)| byte ^ mask.get(at).unwrap_or(&0)).collect();
    Secret::new(BASE64URL_NOPAD.encode(&value))
}

#[cfg(test)]
mod tests {
    use devhub_domain::operators::SessionToken;
    use devhub_domain::testing::SeededEntropy;
    use proptest::prelude::*;

    use super::*;

    fn is_of(token: &SessionToken, carried: &str) -> bool {
        token.has_csrf(unmasked(carried).expose())
    }

    #[test]
    fn each_page_carries_another_text_for_the_same_value() {
        let entropy = SeededEntropy::new(1);
        let token = SessionToken::generate(&entropy);
        let [first, second] = [masked(&token.csrf(), &entropy), masked(&token.csrf(), &entropy)];
        assert_ne!(first, second);
        assert!(is_of(&token, &first) && is_of(&token, &second));
    }

    #[test]
    fn the_value_of_another_session_is_refused() {
        let entropy = SeededEntropy::new(1);
        let [own, other] = [SessionToken::generate(&entropy), SessionToken::generate(&entropy)];
        assert!(!is_of(&own, &masked(&other.csrf(), &entropy)));
    }

    proptest! {
        #[test]
        fn what_is_no_value_is_refused(text in ".{0,100}", bytes: Vec<u8>, cut in 0..64_usize) {
            let entropy = SeededEntropy::new(1);
            let token = SessionToken::generate(&entropy);
            let bytes = BASE64URL_NOPAD.encode(&bytes);
            let value = BASE64URL_NOPAD.decode(masked(&token.csrf(), &entropy).as_bytes()).unwrap();
            let shorter = BASE64URL_NOPAD.encode(&value[..cut]);
            let longer = BASE64URL_NOPAD.encode(&[&value[..], &value[..=cut]].concat());
            for text in [text, bytes, shorter, longer] {
                prop_assert!(!is_of(&token, &text), "{text}");
            }
        }
    }
}
