//! Regular expressions of schemas: written as in JavaScript, run in linear time.
//!
//! Every state of the compiled automaton looks at a character at most once, so that states times bytes bounds what a comparison
//! costs. What needs to go back (look-around, back-references) is refused.

use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::nfa::thompson::{Compiler, Config, WhichCaptures};
use regex_automata::util::syntax;

/// Longest pattern. Bytes.
const PATTERN_BYTES_MAX: usize = 1_000;
/// Largest automaton, for which `^\p{L}{1,10}$` is still small enough. Bytes.
const AUTOMATON_BYTES_MAX: usize = 256 * 1024;
/// Deepest nesting of groups.
const GROUPS_DEPTH_MAX: u32 = 32;
/// So many states look at a byte in the time of one step.
const STATES_PER_STEP: usize = 4;

/// What `\s` means in JavaScript.
const SPACES: &str = r"\t-\r\x20\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";

/// A compiled regular expression.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    machine: PikeVM,
}

impl Pattern {
    /// Compiles a pattern; the error says what is wrong with it.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(format!("a pattern must have at most {PATTERN_BYTES_MAX} bytes"));
        }
        let refused =
            "is no regular expression that runs in linear time: look-around and back-references are not understood";
        let syntax = syntax::Config::new().nest_limit(GROUPS_DEPTH_MAX);
        let hir =
            syntax::parse_with(&translated(text), &syntax).map_err(|_of_the_engine| format!("pattern {refused}"))?;
        let config = Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(AUTOMATON_BYTES_MAX));
        let nfa = Compiler::new().configure(config).build_from_hir(&hir);
        let nfa =
            nfa.map_err(|_of_the_engine| "pattern is too large: repeat less, or use smaller classes".to_owned())?;
        let machine = PikeVM::new_from_nfa(nfa).map_err(|_of_the_engine| format!("pattern {refused}"))?;
        Ok(Self { text: text.to_owned(), machine })
    }

    /// The pattern as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// What one comparison with a text costs at most. Steps.
    pub(super) fn cost(&self, text: &str) -> usize {
        let states = self.machine.get_nfa().states().len();
        1 + states.saturating_mul(text.len() + 1) / STATES_PER_STEP
    }

    /// Whether the pattern is found anywhere in a text.
    pub(super) fn is_found_in(&self, text: &str) -> bool {
        self.machine.is_match(&mut self.machine.create_cache(), text)
    }
}

/// The pattern in the words of the engine, which differ from JavaScript's: its classes are of all of Unicode, and may be nested.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let (mut in_class, mut at_start) = (false, false);
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        let was_at_start = std::mem::take(&mut at_start);
        match character {
            '\\' => escape(rest.next(), in_class, &mut out),
            '[' if in_class => out.push_str(r"\["),
            '[' => {
                in_class = true;
                at_start = true;
                out.push('[');
            }
            ']' if in_class => {
                in_class = false;
                // `[]` matches nothing and `[^]` anything; the engine would take the bracket for a member.
                if was_at_start {
                    out.push_str(r"^\x00-\x{10FFFF}");
                }
                out.push(']');
            }
            '^' if in_class && was_at_start => {
                if rest.next_if_eq(&']').is_some() {
                    in_class = false;
                    out.push_str(r"\x00-\x{10FFFF}]");
                } else {
                    out.push('^');
                }
            }
            // Two of them would be an operation on classes.
            '&' | '~' if in_class => out.extend(['\\', character]),
            '-' if in_class && rest.peek() == Some(&'-') => out.push_str(r"\-"),
            '.' if !in_class => out.push_str(r"[^\n\r\u{2028}\u{2029}]"),
            _ => out.push(character),
        }
    }
    out
}

/// Adds what stands after a backslash.
fn escape(character: Option<char>, in_class: bool, out: &mut String) {
    let class = |members: &str, is_negated: bool| {
        let caret = if is_negated { "^" } else { "" };
        format!("[{caret}{members}]")
    };
    match character {
        Some('d') => out.push_str("[0-9]"),
        Some('D') => out.push_str("[^0-9]"),
        Some('w') => out.push_str("[0-9A-Za-z_]"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('s') => out.push_str(&class(SPACES, false)),
        Some('S') => out.push_str(&class(SPACES, true)),
        Some('b') if in_class => out.push_str(r"\x08"),
        Some('b') => out.push_str(r"(?-u:\b)"),
        Some('B') => out.push_str(r"(?-u:\B)"),
        Some('0') => out.push_str(r"\x00"),
        Some(character) => out.extend(['\\', character]),
        // The engine complains about it.
        None => out.push('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_found_in(text)
    }

    #[test]
    fn a_pattern_means_what_it_means_in_javascript() {
        let cases = [
            ("a", "bab", true),
            ("^a$", "a\n", false),
            (r"^\d+$", "12", true),
            (r"^\d+$", "\u{0969}", false),
            (r"^\w+$", "é", false),
            (r"^[\w-]+$", "a-1", true),
            (r"^\s$", "\u{a0}", true),
            (r"^\S$", "\u{a0}", false),
            ("^.$", "\u{2028}", false),
            ("^.$", "🎉", true),
            (r"^[a[]$", "[", true),
            ("^[a&&b]$", "&", true),
            (r"^[\b]$", "\u{8}", true),
            (r"\bpaid\b", "is paid.", true),
            (r"^\u00e9$", "é", true),
            (r"^\p{L}+$", "Käufer", true),
            (r"^a\/b$", "a/b", true),
            (r"^[^]$", "\n", true),
            (r"^[]$", "a", false),
            ("^[0-9]{2,3}$", "1234", false),
            ("^(?:EUR|USD)$", "USD", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(is_found(pattern, text), expected, "{pattern} {text:?}");
        }
    }

    #[test]
    fn what_cannot_run_in_linear_time_is_refused() {
        for pattern in ["(?=a)", "(?<!a)b", r"(a)\1", "(", "[b-a]", "*", r"\", "a{1001}{1001}"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
        assert!(Pattern::new(&"a".repeat(PATTERN_BYTES_MAX + 1)).unwrap_err().contains("at most 1000 bytes"));
        assert_eq!(
            Pattern::new("(a{100}){100}").unwrap_err(),
            "pattern is too large: repeat less, or use smaller classes"
        );
    }

    #[test]
    fn a_pattern_that_goes_back_elsewhere_costs_what_its_text_is_long() {
        let pattern = Pattern::new("^(a+)+$").unwrap();
        let text = format!("{}!", "a".repeat(10_000));
        assert!(!pattern.is_found_in(&text));
        assert!(pattern.cost(&text) < 100_000, "{}", pattern.cost(&text));
    }
}
