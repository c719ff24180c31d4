//! Where in a document something stands, while it is read.

use std::fmt::Write as _;

use super::{Fault, Problem};

/// The way from the root to a value. It is written down only when something is wrong there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    above: Option<&'a Place<'a>>,
    token: Token<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Token<'a> {
    Root,
    Name(&'a str),
    Number(usize),
    /// A whole pointer, which a reference led to.
    Pointer(&'a str),
}

impl<'a> Place<'a> {
    pub(super) const ROOT: Place<'static> = Place { above: None, token: Token::Root };

    /// The place of a reference's target. `pointer` begins with a slash, or is empty.
    pub(super) const fn at(pointer: &'a str) -> Self {
        Self { above: None, token: Token::Pointer(pointer) }
    }

    pub(super) const fn name(&'a self, name: &'a str) -> Self {
        Self { above: Some(self), token: Token::Name(name) }
    }

    pub(super) const fn number(&'a self, number: usize) -> Self {
        Self { above: Some(self), token: Token::Number(number) }
    }

    /// What is wrong here.
    pub(super) fn fault(&self, problem: Problem) -> Fault {
        Fault { pointer: self.pointer(), position: None, problem }
    }

    /// As RFC 6901 writes it; the root is empty.
    pub(super) fn pointer(&self) -> String {
        let mut text = self.above.map(Self::pointer).unwrap_or_default();
        match self.token {
            Token::Root => {}
            Token::Name(name) => push(&mut text, name),
            Token::Number(number) => write!(text, "/{number}").expect("a String takes everything"),
            Token::Pointer(pointer) => text.push_str(pointer),
        }
        text
    }
}

/// Adds a token, with what would be read as a separator escaped.
pub(super) fn push(text: &mut String, token: &str) {
    text.push('/');
    text.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

/// The tokens of a pointer as they were before they were escaped.
pub(super) fn tokens(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}
