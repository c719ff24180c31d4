"""A browser without scripts: keeps cookies, and sends forms back with what is hidden in them. Standard library only."""

import html.parser
import urllib.parse
from collections.abc import Callable
from typing import NamedTuple

from hub import Failed

FORM = "application/x-www-form-urlencoded"
SESSION = "devhub_session"


class Answer(NamedTuple):
    """What came back, and what for."""

    place: str
    status: int
    headers: list[tuple[str, str]]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def whole(self) -> bytes:
        """Head and body, as they are searched."""
        return "".join(f"{name}: {value}\n" for name, value in self.headers).encode() + self.content

    def header(self, name: str) -> str:
        """The first of this name; "" when there is none."""
        return next((value for known, value in self.headers if known.lower() == name), "")

    def require(self, status: int, text: str = "") -> "Answer":
        """Itself, if it is what was expected: else everything that follows would mean nothing."""
        if self.status != status or text not in self.text:
            raise Failed(f"{self.place} was to be {status} with {text!r}")
        return self


class Forms(html.parser.HTMLParser):
    """What is hidden in the forms of a page, by where they are sent."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, dict[str, str]] = {}
        self.action = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.action = attributes.get("action") or ""
            self.hidden.setdefault(self.action, {})
        if tag == "input" and attributes.get("type") == "hidden":
            self.hidden[self.action][attributes["name"]] = attributes.get("value") or ""


class Visitor:
    """Somebody with a browser of their own, who sends requests by `send`: method, target, headers, body, and whether a secret is shown."""

    def __init__(self, send: Callable[[str, str, dict[str, str], bytes, bool], Answer]) -> None:
        self.through = send
        self.cookies: dict[str, str] = {}

    def send(self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"", shows: bool = False) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.through(method, target, {"cookie": cookies} | (headers or {}), body, shows)
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self.keep(value)
        return answer

    def keep(self, cookie: str) -> None:
        name, _, value = cookie.split(";")[0].partition("=")
        self.cookies.pop(name, None)
        if value:
            self.cookies[name] = value

    def get(self, target: str) -> Answer:
        return self.send("GET", target)

    def submit(self, page: Answer, action: str, fields: dict[str, str], shows: bool = False) -> Answer:
        """Sends the form of a page that leads to `action`, filled in."""
        forms = Forms(page.text).hidden
        if action not in forms:
            raise Failed(f"{page.place} has no form for {action}, only for {', '.join(forms) or 'nothing'}")
        body = urllib.parse.urlencode(forms[action] | fields).encode()
        return self.send("POST", action, {"content-type": FORM}, body, shows)
