//! Patterns of LIKE, in which nothing that people type means anything but itself.

/// Makes the character after it mean itself.
pub(crate) const ESCAPE: char = '\\';

/// The pattern of texts that hold this one, each of its characters meaning itself; to be used with [`ESCAPE`].
pub(crate) fn holding(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
