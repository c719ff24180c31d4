"""A test mail, sent on the page of the mail settings: what the page says is what the mail server has answered.

The server is one that we did not write. It takes mail for everybody but one, and knows one login.
"""

import http.client
import json
import socket
import urllib.parse
from pathlib import Path

from hub import Failed, Hub, read_line, temporary_folder
from visitor import Answer, Visitor

EMAIL, PASSWORD = "owner@mail.example", "seventeen blue teapots"
SIGN_IN, MAIL = "/admin/sign-in", "/admin/settings/mail"
# Those that the mail server knows, and the one to whom it delivers nothing.
LOGIN, LOGIN_PASSWORD = "hub", "open-sesame-41"
UNKNOWN, KNOWN = "nobody@example.com", "eve@example.com"
WRONG = "shut-sesame-17"


def signed_in(node: Hub) -> Visitor:
    """An owner in a browser."""
    node.command("operators", "add", EMAIL, "--role", "owner", "--password-file", "-", given=PASSWORD)

    def send(method: str, target: str, headers: dict[str, str], body: bytes, _: bool) -> Answer:
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(node.base).netloc, timeout=30)
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return Answer(f"{method} {target}", answer.status, answer.getheaders(), answer.read())

    visitor = Visitor(send)
    visitor.submit(visitor.get(SIGN_IN).require(200), SIGN_IN, {"email": EMAIL, "password": PASSWORD}).require(303)
    return visitor


def tested(owner: Visitor, to: str, *texts: str) -> str:
    """What the page says to a test mail."""
    answer = owner.submit(owner.get(MAIL).require(200, "mail.server"), MAIL, {"to": to})
    for text in texts:
        answer.require(200, text)
    print(f"a test mail to {to}: {texts[0]}")
    return answer.text


def arrives(mailbox, to: str) -> None:
    mail = json.loads(read_line(mailbox.process.stdout, 20))
    if mail["to"] != [to] or not mail["subject"].startswith("Test mail"):
        raise Failed(f"expected a test mail to {to}, got {mail}")


def check_mail_page(mailbox, settings: dict[str, str]) -> None:
    def with_owner(own: dict[str, str], then) -> None:
        with temporary_folder() as folder:
            # Secrets are taken from no command line.
            if (password := own.pop("mail.password", None)) is not None:
                file = Path(folder, "mail-password")
                file.touch(mode=0o600)
                file.write_text(password)
                own["mail.password_file"] = str(file)
            with Hub(f"{folder}/data", settings=settings | own) as node:
                then(signed_in(node))

    def in_the_open(owner: Visitor) -> None:
        tested(owner, KNOWN, "The mail server took the mail", "250 taken")
        arrives(mailbox, KNOWN)
        tested(owner, UNKNOWN, "did not take the mail", "550", "no such user")
        mailbox.expect_nothing_more()

    def with_login(owner: Visitor) -> None:
        page = tested(owner, KNOWN, "The mail server took the mail")
        arrives(mailbox, KNOWN)
        if LOGIN_PASSWORD in page:
            raise Failed("the page shows the password of the mail server")

    def with_wrong_login(owner: Visitor) -> None:
        page = tested(owner, KNOWN, "The mail server refuses the login", "535")
        if WRONG in page:
            raise Failed("the page shows the password of the mail server")

    with_owner({}, in_the_open)
    with_owner({"mail.username": LOGIN, "mail.password": LOGIN_PASSWORD}, with_login)
    with_owner({"mail.username": LOGIN, "mail.password": WRONG}, with_wrong_login)
    with socket.socket() as bound:
        # Bound and not listening: nobody else gets the port meanwhile.
        bound.bind(("127.0.0.1", 0))
        nobody = {"mail.port": bound.getsockname()[1]}
        with_owner(nobody, lambda owner: tested(owner, KNOWN, "Nothing answers there", "refused"))
