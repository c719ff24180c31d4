//! JSON, with places. Texts and numbers are read by `serde_json`; what stands around them is so little that it is read here.

use serde_json::Value;

use super::node::{Builder, Content, Node, Position};
use crate::reference::{Fault, Problem};

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of a list that has none yet.
    ValueOrEnd,
    /// A name, or the end of an object that has none yet.
    NameOrEnd,
    Name,
    Colon,
    /// A comma, or the end of what is open.
    CommaOrEnd,
    Nothing,
}

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let mut reader = Reader { rest: text, line: 1, column: 1, open: Vec::new(), builder: Builder::default() };
    let mut next = Next::Value;
    while let Some(letter) = reader.skip_space() {
        next = reader.step(letter, next)?;
    }
    if next != Next::Nothing {
        return Err(reader.stumbled("it ends before its last bracket is closed"));
    }
    let builder = reader.builder;
    let nothing = builder.fault((1, 1), Problem::Syntax { format: "JSON", detail: "it is empty".to_owned() });
    builder.finish().ok_or(nothing)
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
    /// In characters.
    column: usize,
    /// The closing brackets that are waited for.
    open: Vec<char>,
    builder: Builder,
}

impl Reader<'_> {
    fn step(&mut self, letter: char, next: Next) -> Result<Next, Fault> {
        let at = self.position();
        match (letter, next) {
            ('{', Next::Value | Next::ValueOrEnd) => self.begin(at, '}', Content::Members(Vec::new()), Next::NameOrEnd),
            ('[', Next::Value | Next::ValueOrEnd) => self.begin(at, ']', Content::List(Vec::new()), Next::ValueOrEnd),
            (']', Next::ValueOrEnd) | ('}', Next::NameOrEnd) | (']' | '}', Next::CommaOrEnd) => self.end(letter),
            ('"', Next::Name | Next::NameOrEnd) => {
                let Value::String(name) = self.string()? else { return Err(self.stumbled("a name is expected here")) };
                self.builder.name(at, name)?;
                Ok(Next::Colon)
            }
            (':', Next::Colon) => {
                self.take(1);
                Ok(Next::Value)
            }
            (',', Next::CommaOrEnd) => {
                self.take(1);
                Ok(if self.open.last() == Some(&'}') { Next::Name } else { Next::Value })
            }
            (_, Next::Value | Next::ValueOrEnd) => {
                let value = if letter == '"' { self.string()? } else { self.word()? };
                self.builder.scalar(at, value)?;
                Ok(self.after_value())
            }
            (_, Next::Name | Next::NameOrEnd) => Err(self.stumbled("a name in quotes is expected here")),
            (_, Next::Colon) => Err(self.stumbled("a colon is expected here")),
            (_, Next::CommaOrEnd) => Err(self.stumbled("a comma or a closing bracket is expected here")),
            (_, Next::Nothing) => Err(self.stumbled("nothing may follow the last bracket")),
        }
    }

    fn begin(&mut self, at: Position, closing: char, content: Content, next: Next) -> Result<Next, Fault> {
        self.builder.begin(at, content)?;
        self.open.push(closing);
        self.take(1);
        Ok(next)
    }

    fn end(&mut self, closing: char) -> Result<Next, Fault> {
        if self.open.pop() != Some(closing) {
            return Err(self.stumbled("this bracket closes another kind"));
        }
        self.take(1);
        self.builder.end();
        Ok(self.after_value())
    }

    fn after_value(&self) -> Next {
        if self.open.is_empty() { Next::Nothing } else { Next::CommaOrEnd }
    }

    fn string(&mut self) -> Result<Value, Fault> {
        let mut is_escaped = false;
        for (at, byte) in self.rest.bytes().enumerate().skip(1) {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => return self.scalar(at + 1),
                _ => {}
            }
        }
        Err(self.stumbled("this text has no closing quote"))
    }

    /// A number, or one of the three words.
    fn word(&mut self) -> Result<Value, Fault> {
        let is_over = |letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '+' | '-' | '.');
        let length = self.rest.find(is_over).unwrap_or(self.rest.len());
        self.scalar(length)
    }

    fn scalar(&mut self, length: usize) -> Result<Value, Fault> {
        let value = self.rest.get(..length).and_then(|text| serde_json::from_str(text).ok());
        let Some(value) = value else {
            return Err(self.stumbled("this is neither a text, a number, true, false nor null"));
        };
        self.take(length);
        Ok(value)
    }

    /// Goes to what is no white space; `None` at the end.
    fn skip_space(&mut self) -> Option<char> {
        loop {
            let letter = self.rest.chars().next()?;
            match letter {
                '\n' => {
                    self.rest = self.rest.get(1..).unwrap_or_default();
                    self.line += 1;
                    self.column = 1;
                }
                ' ' | '\t' | '\r' => self.take(1),
                _ => return Some(letter),
            }
        }
    }

    /// Goes on by so many bytes, in which no line ends.
    fn take(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.column += taken.chars().count();
        self.rest = rest;
    }

    const fn position(&self) -> Position {
        (self.line, self.column)
    }

    fn stumbled(&self, detail: &str) -> Fault {
        self.builder.fault(self.position(), Problem::Syntax { format: "JSON", detail: detail.to_owned() })
    }
}
