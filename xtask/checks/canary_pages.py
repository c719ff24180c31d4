"""What an owner does on the pages, and what a stranger tries there, for the check of where secrets are.

Each secret is typed or shown once, where it belongs; an answer that shows one is searched without it. Then each is put wherever it does
not belong. Left out are the caller's own texts, as in the API: `label`, `name`, `email`, the browser's name, and what is searched for,
unless it is a token or its hidden half. A form that is shown once more shows what it was filled in with, passwords apart.
"""

import html
import re
import urllib.parse
from typing import Protocol

from hub import Failed
from visitor import FORM, SESSION, Answer, Forms, Visitor

KEYS, ACCOUNT, SIGN_IN, SETUP = "/admin/developer/api-keys", "/admin/account", "/admin/sign-in", "/admin/setup"
EMAIL = "owner@canary.example"
LABEL = "Made on the page"
# Without anything that a form would write in another way, so that one search finds them wherever they are; and longer than the name of
# an environment, which may be any words.
FIRST, SECOND = "Quartz-lantern-meadow-otter-thimble-58", "Thistle-harbour-velvet-acorn-bramble-71"
REFUSED, WRONG = "Ownpay-cobalt-marmot-ladder-juniper-93", "Walnut-saddle-orbit-pebble-cistern-26"


class Answers(Protocol):
    """Sends requests, and keeps what is to be searched."""

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes = b"", shows: bool = False) -> Answer: ...

    def keep(self, answer: Answer, shown: str = "") -> None: ...


class Owner:
    """The first owner of a hub, in a browser."""

    def __init__(self, answers: Answers, setup_token: str) -> None:
        self.answers, self.setup_token = answers, setup_token
        self.visitor = Visitor(answers.send)
        self.sessions: list[str] = []
        self.token = ""

    def set_up(self) -> None:
        page = self.visitor.get(SETUP).require(200)
        typed = {"setup_token": self.setup_token, "email": EMAIL, "password": FIRST}
        # Shown once more, as it was filled in: the token is gone from the address.
        refused = self.visitor.submit(page, SETUP, typed | {"password": REFUSED}, shows=True).require(422, "must not contain")
        self.answers.keep(refused, self.setup_token)
        refused = self.visitor.submit(page, SETUP, typed | {"setup_token": WRONG}, shows=True).require(422, "setup token is wrong")
        self.answers.keep(refused, WRONG)
        self.begin_session(self.visitor.submit(page, SETUP, typed, shows=True))
        # Of no use from now on, to whoever has it.
        stranger = Visitor(self.answers.send)
        stranger.get(SETUP).require(303)
        self.send_form(stranger, SETUP, typed).require(303)

    def begin_session(self, answer: Answer) -> None:
        """Remembers the cookie, which stands in this one answer."""
        session = self.visitor.cookies.get(SESSION)
        if session is None or session in self.sessions:
            raise Failed(f"{answer.require(303).place} has begun no session")
        self.answers.keep(answer, session)
        self.sessions.append(session)
        self.visitor.get(KEYS).require(200, "Generate New API Key")

    def make_key(self) -> str:
        """Generates a key, looks for it by its whole token, and locks it; its token, which one answer shows."""
        page = self.visitor.get(KEYS)
        wanted = {"label": LABEL, "scopes": "read", "environment": "live", "expires": ""}
        shown = self.visitor.submit(page, KEYS, wanted, shows=True).require(200, "New API Key Generated")
        self.token = re.search(r'value="(op_[0-9a-f]{8}\.[0-9a-f]{48})"', shown.text)[1]
        self.answers.keep(shown, self.token)
        self.visitor.submit(page, KEYS, wanted).require(200, "This key was already shown")
        return self.token

    def find_key(self) -> Answer:
        """Pastes the whole token into the search; where the browser is led to, only what everybody may see of it is left."""
        found = self.visitor.get(f"{KEYS}?q={self.token}").require(303)
        return self.visitor.get(found.header("location")).require(200, LABEL)

    def lock_key(self) -> None:
        link = html.unescape(re.search(r'href="([^"]+/lock[^"]*)"', self.find_key().text)[1])
        asked = self.visitor.get(link).require(200, f"Lock {LABEL}?")
        done = self.visitor.submit(asked, link, {}).require(303)
        self.visitor.get(done.header("location")).require(200, f"{LABEL} is locked.")

    def change_password(self) -> None:
        page = self.visitor.get(ACCOUNT).require(200)
        path, typed = f"{ACCOUNT}/password", {"current_password": FIRST, "new_password": SECOND}
        self.visitor.submit(page, path, typed | {"current_password": WRONG}).require(422, "not your password")
        self.visitor.submit(page, path, typed | {"new_password": REFUSED}).require(422, "must not contain")
        self.begin_session(self.visitor.submit(page, path, typed, shows=True))

    def sign_out_and_in(self) -> None:
        page = self.visitor.get(ACCOUNT)
        self.visitor.submit(page, "/admin/sign-out", {}).require(303)
        page = self.visitor.get(SIGN_IN).require(200, "You are signed out.")
        wrong = {"email": EMAIL, "password": WRONG}
        self.visitor.submit(page, SIGN_IN, wrong).require(422, "Email or password is wrong")
        # Typed into the wrong field, as happens: it is shown to whoever typed it, and to nobody else.
        swapped = self.visitor.submit(page, SIGN_IN, {"email": SECOND, "password": EMAIL}, shows=True).require(422)
        self.answers.keep(swapped, SECOND)
        self.begin_session(self.visitor.submit(page, SIGN_IN, {"email": EMAIL, "password": SECOND}, shows=True))

    @property
    def texts(self) -> dict[str, str]:
        """What must be nowhere else, as text."""
        passwords = {"first password": FIRST, "second password": SECOND, "refused password": REFUSED, "wrong password": WRONG}
        sessions = {f"session {number}": session for number, session in enumerate(self.sessions)}
        return passwords | sessions | {"setup token": self.setup_token}

    @property
    def misplaced(self) -> list[str]:
        """One of each kind, as it is in use: what is put wherever it does not belong."""
        return [SECOND, self.setup_token, self.sessions[-1], self.token, self.token.split(".")[1]]

    def misplace(self) -> None:
        """Puts each wherever a browser could."""
        for secret in self.misplaced:
            into_addresses(self.visitor, secret)
            into_cookies(self.answers, secret)
            self.into_forms(secret)
        for token in (self.token, self.token.split(".")[1]):
            self.visitor.get(f"{KEYS}?q={token}&status=locked")
            Visitor(self.answers.send).get(f"{KEYS}?q={token}").require(303)
        # Nothing of it has ended the session.
        self.find_key()

    def into_forms(self, secret: str) -> None:
        list_page, account = self.visitor.get(KEYS), self.visitor.get(ACCOUNT)
        wanted = {"label": LABEL, "scopes": "read"}
        for name in ("token", "form_id", "scopes", "expires"):
            self.visitor.submit(list_page, KEYS, wanted | {name: secret})
        for name in ("environment", "expires_on"):
            self.answers.keep(self.visitor.submit(list_page, KEYS, wanted | {name: secret}, shows=True).require(422), secret)
        self.visitor.submit(account, "/admin/sign-out", {"token": secret}).require(403)
        self.visitor.submit(account, f"{ACCOUNT}/password", {"token": secret, "current_password": secret}).require(403)
        self.visitor.submit(self.visitor.get("/admin/workspace"), "/admin/workspace", {"name": LABEL, "time_zone": secret})
        stranger = Visitor(self.answers.send)
        self.send_form(stranger, SIGN_IN, {"token": secret, "email": EMAIL, "password": secret}).require(403)
        self.send_form(stranger, SETUP, {"setup_token": secret, "email": EMAIL, "password": secret}).require(303)
        for body in (secret, f"{secret}=1", f"token={secret}%zz", f"password={secret}&password={secret}"):
            self.visitor.send("POST", KEYS, {"content-type": FORM}, body.encode()).require(403)

    def send_form(self, visitor: Visitor, path: str, fields: dict[str, str]) -> Answer:
        """Sends what no page offers any more, with what is hidden in a page that a stranger is shown."""
        hidden = Forms(visitor.get(SIGN_IN).require(200).text).hidden[SIGN_IN]
        return visitor.send("POST", path, {"content-type": FORM}, urllib.parse.urlencode(hidden | fields).encode())


def into_addresses(visitor: Visitor, secret: str) -> None:
    text = urllib.parse.quote(secret, safe="")
    for path in (f"/admin/{text}", f"{KEYS}/{text}", f"{KEYS}/{text}/lock", f"{KEYS}/{text}/{text}", f"{ACCOUNT}/sessions/{text}/end"):
        visitor.get(path).require(404)
    for query in (text, f"{text}=1", f"status={text}", f"env={text}", f"after={text}", f"token={text}"):
        for path in (KEYS, ACCOUNT, "/admin", SIGN_IN, SETUP, "/"):
            visitor.get(f"{path}?{query}")


def into_cookies(answers: Answers, secret: str) -> None:
    for name in ("session", "guest", "notice"):
        answers.send("GET", KEYS, {"cookie": f"devhub_{name}={secret}"})
        answers.send("GET", SIGN_IN, {"cookie": f"devhub_{name}={secret}; devhub_{name}={secret}"}).require(200)
    answers.send("GET", SIGN_IN, {"cookie": secret})
    answers.send("GET", ACCOUNT, {"authorization": f"Bearer {secret}", "origin": secret, "referer": f"https://x/?next={secret}"})
