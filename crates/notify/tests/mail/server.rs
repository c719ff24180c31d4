//! A mail server that does what a test tells it to, on loopback.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// How a server behaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Behaviour {
    /// What EHLO offers besides its greeting.
    pub(crate) offers: &'static [&'static str],
    /// Answers a command that starts with the first text with the second, `{}` in it being the command.
    pub(crate) answers: &'static [(&'static str, &'static str)],
    /// Ends the connection instead of answering a command that starts with this.
    pub(crate) closes_at: Option<&'static str>,
    /// Accepts connections and says nothing.
    pub(crate) is_silent: bool,
}

/// A server that runs until the test ends.
pub(crate) struct Server {
    pub(crate) port: u16,
    lines: Receiver<String>,
}

impl Server {
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                thread::spawn(move || Session { stream, behaviour, sender }.run());
            }
        });
        Self { port, lines }
    }

    /// What was received so far, commands and message lines, without line ends.
    pub(crate) fn received(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    /// The messages received so far, each as its lines.
    pub(crate) fn messages(&self) -> Vec<Vec<String>> {
        let mut messages = Vec::new();
        let mut lines = self.lines.try_iter();
        while lines.by_ref().any(|line| line == "DATA") {
            messages.push(lines.by_ref().take_while(|line| line != ".").collect());
        }
        messages
    }
}

struct Session {
    stream: TcpStream,
    behaviour: Behaviour,
    sender: Sender<String>,
}

impl Session {
    /// Answers until either side has had enough. Failed writes and a test that has ended are the same: nobody listens.
    fn run(self) -> Option<()> {
        let mut input = BufReader::new(self.stream.try_clone().ok()?);
        if self.behaviour.is_silent {
            // Until the client gives up.
            return input.read_line(&mut String::new()).ok().map(drop);
        }
        self.answer("220 test")?;
        loop {
            let command = self.read(&mut input)?;
            if self.behaviour.closes_at.is_some_and(|start| command.starts_with(start)) {
                return None;
            }
            if let Some((_, text)) = self.behaviour.answers.iter().find(|(start, _)| command.starts_with(start)) {
                self.answer(&text.replace("{}", &command))?;
                continue;
            }
            match command.split_whitespace().next()? {
                "EHLO" => {
                    let offers = self.behaviour.offers.iter().map(|offer| format!("250-{offer}\r\n"));
                    self.answer(&format!("{}250 8BITMIME", offers.collect::<String>()))?;
                }
                "DATA" => {
                    self.answer("354 go on")?;
                    while self.read(&mut input)? != "." {}
                    self.answer("250 taken")?;
                }
                "QUIT" => return self.answer("221 bye"),
                _ => self.answer("250 ok")?,
            }
        }
    }

    fn answer(&self, text: &str) -> Option<()> {
        (&self.stream).write_all(format!("{text}\r\n").as_bytes()).ok()
    }

    fn read(&self, input: &mut BufReader<TcpStream>) -> Option<String> {
        let mut line = String::new();
        input.read_line(&mut line).ok()?;
        let line = line.strip_suffix("\r\n")?.to_owned();
        self.sender.send(line.clone()).ok()?;
        Some(line)
    }
}
