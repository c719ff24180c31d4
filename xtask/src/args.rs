//! Command-line flags: a handful, so that no parser crate is compiled before everything else.

/// The flags that were given, all of them known.
#[derive(Debug)]
pub(crate) struct Flags(Vec<String>);

impl Flags {
    /// Takes the arguments of a command that knows only the flags in `known`.
    ///
    /// # Errors
    /// When an argument is none of them; the message lists those that are.
    pub(crate) fn parse(arguments: &[String], known: &[&str]) -> anyhow::Result<Self> {
        for argument in arguments {
            anyhow::ensure!(
                known.contains(&argument.as_str()),
                "unknown argument {argument:?}; this command takes {}",
                if known.is_empty() { "none".to_owned() } else { known.join(", ") }
            );
        }
        Ok(Self(arguments.to_vec()))
    }

    /// Whether the flag was given.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|given| given == flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_flag_is_found_and_another_is_not() {
        let flags = Flags::parse(&["--quick".to_owned()], &["--quick", "--full"]).unwrap();
        assert!(flags.has("--quick"));
        assert!(!flags.has("--full"));
    }

    #[test]
    fn an_unknown_flag_is_refused_with_the_known_ones() {
        let error = Flags::parse(&["--quik".to_owned()], &["--quick", "--full"]).expect_err("misspelt");
        assert_eq!(error.to_string(), "unknown argument \"--quik\"; this command takes --quick, --full");
    }
}
