"""What happens to an endpoint is told by mail, through a server that we did not write, and to other endpoints by events; the endpoint that
it is about hears nothing of it. What becomes of keys is told in the same ways. The page of the mail
settings says what the server answers to a test mail.

Three receivers: one that is gone, one that fails for a while, and one that wants to know. Mail server: `aiosmtpd` from PyPI.
"""

import http.server
import json
import os
import pathlib
import select
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone

import hub
from hub import Failed, Hub, read_line, temporary_folder
from mail_page import check_mail_page

HERE = pathlib.Path(__file__).resolve().parent / "receivers"
TOOLS = pathlib.Path(os.environ.get("DEVHUB_TEST_TOOLS", hub.ROOT / "target" / "tools"))
FROM, TO = "Developer Hub <hub@example.com>", "ops@example.com"
SECONDS_MAX = 20
# When a hub looks for keys that expire and for sprays after its start.
LOOK_AFTER_S = 10


class Receiver:
    """Answers every request with its status, and keeps what it was sent."""

    def __init__(self, status: int) -> None:
        self.status, self.bodies = status, []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def events(self) -> list[tuple[str, str]]:
        """What the hub has told it of itself: which event, and of which endpoint."""
        operational = [body for body in self.bodies if body["event"].startswith(("endpoint.", "delivery."))]
        return [(body["event"], body["data"]["endpoint_id"]) for body in operational]


class Mailbox:
    """A mail server, and the mails that it has got."""

    def __init__(self) -> None:
        command = [str(TOOLS / "venv/bin/python"), str(HERE / "mailbox.py")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)
        self.port = read_line(self.process.stdout).removeprefix("port ").strip()

    def expect(self, subject: str, *words: str) -> None:
        """The next mail has this subject and these words."""
        mail = json.loads(read_line(self.process.stdout, SECONDS_MAX))
        print(f"mail: {mail['subject']}")
        if (mail["from"], mail["to"]) != (FROM, [TO]):
            raise Failed(f"a mail came from {mail['from']} to {mail['to']}")
        missing = [word for word in words if word not in mail["text"]]
        if not mail["subject"].startswith(subject) or missing:
            raise Failed(f"expected a mail {subject!r} with {words}, got {mail}")
        if "secret" in mail["subject"] + mail["text"]:
            raise Failed(f"a mail tells the path or the query of an endpoint: {mail}")


    def expect_nothing_more(self) -> None:
        ready, _, _ = select.select([self.process.stdout], [], [], 1)
        if ready:
            raise Failed(f"a mail that nobody expects: {read_line(self.process.stdout)}")


class Shop:
    """A workspace with three endpoints."""

    def __init__(self, node: Hub) -> None:
        self.node, self.token = node, node.issue_key()
        self.gone, self.failing, self.ops = Receiver(410), Receiver(500), Receiver(200)
        # Both want to know what happens to endpoints: of themselves they must not hear.
        self.gone_id = self.endpoint(self.gone, ["payment.completed", "endpoint.*"])
        self.failing_id = self.endpoint(self.failing, ["invoice.paid", "endpoint.disabled", "delivery.*"])
        self.ops_id = self.endpoint(self.ops, ["endpoint.*", "delivery.exhausted"])

    def made(self, path: str, body: dict) -> dict:
        status, answer = self.node.call("POST", f"/api/hub/v1{path}", self.token, body)
        if status != 201:
            raise Failed(f"POST {path} answered {status}: {answer}")
        return answer

    def endpoint(self, receiver: Receiver, event_types: list[str]) -> str:
        return self.made("/endpoints", {"url": f"{receiver.url}/hook/secret?token=secret", "event_types": event_types})["id"]

    def publish(self, event_type: str) -> None:
        self.made("/events", {"event_type": event_type, "payload": {"event": event_type}})

    def health(self, endpoint: str) -> dict:
        status, answer = self.node.call("GET", f"/api/hub/v1/endpoints/{endpoint}/health", self.token)
        if status != 200:
            raise Failed(f"the health of an endpoint answered {status}: {answer}")
        return answer

    def until(self, what: str, holds) -> None:
        deadline = time.monotonic() + SECONDS_MAX
        while not holds():
            if time.monotonic() > deadline:
                raise Failed(f"in vain: {what}; told of {self.ops.events()}, health {self.health(self.failing_id)}")
            time.sleep(0.05)
        print(what)


def gone(shop: Shop, mailbox: Mailbox) -> None:
    shop.publish("payment.completed")
    subject = f"Webhook endpoint disabled: {shop.gone.url}"
    mailbox.expect(subject, shop.gone_id, "the receiver answered 410 Gone", "Enable the endpoint again")
    told = ("endpoint.disabled", shop.gone_id)
    shop.until("an endpoint that is gone is an event for others", lambda: told in shop.ops.events())
    if shop.health(shop.gone_id)["state"] != "disabled":
        raise Failed(f"the endpoint that is gone is {shop.health(shop.gone_id)}")


def failing(shop: Shop, mailbox: Mailbox) -> None:
    for _ in range(3):
        shop.publish("invoice.paid")
    mailbox.expect(f"Webhook endpoint fails: {shop.failing.url}", shop.failing_id, "the receiver answered 500", "mend")
    if shop.health(shop.failing_id)["state"] != "probed":
        raise Failed(f"the endpoint that fails is {shop.health(shop.failing_id)}")
    mailbox.expect("Webhook delivery dlv_", shop.failing_id, "It can be resent")
    told = ("delivery.exhausted", shop.failing_id)
    shop.until("a delivery that is given up is an event for others", lambda: told in shop.ops.events())
    shop.failing.status = 200
    mailbox.expect(f"Webhook endpoint works again: {shop.failing.url}", shop.failing_id, "Nothing needs to be done")
    told = ("endpoint.recovered", shop.failing_id)
    shop.until("an endpoint that works again is an event for others", lambda: told in shop.ops.events())


def counted(shop: Shop) -> None:
    def day() -> dict:
        return shop.health(shop.failing_id)["last_24_h"]

    shop.until("its attempts are counted", lambda: day()["successes"] >= 1 and day()["failures"] >= 4)
    health = shop.health(shop.failing_id)
    if (health["state"], health["failures"]) != ("healthy", 0) or not 0 < day()["success_percent"] < 100:
        raise Failed(f"the endpoint that works again is {health}")


def quiet(shop: Shop) -> None:
    """Nobody has heard of itself, and nobody says what only the hub says."""
    for receiver, endpoint in ((shop.gone, shop.gone_id), (shop.failing, shop.failing_id), (shop.ops, shop.ops_id)):
        if about_itself := [event for event in receiver.events() if event[1] == endpoint]:
            raise Failed(f"an endpoint was told of itself: {about_itself}")
    body = {"event_type": "endpoint.disabled", "payload": {}}
    status, answer = shop.node.call("POST", "/api/hub/v1/events", shop.token, body)
    if (status, answer["code"]) != (422, "event_type_reserved"):
        raise Failed(f"publishing what comes from the hub answered {status}: {answer}")
    print("nobody is told of itself, and nobody but the hub tells of endpoints")


class Keys:
    """A workspace in which one endpoint wants to know of keys, and another wants everything."""

    def __init__(self, node: Hub, mailbox: Mailbox) -> None:
        self.node, self.mailbox = node, mailbox
        self.token = node.issue_key()
        mailbox.expect("API key issued: ", "by command-line", '"Check"')
        self.named, self.all = Receiver(200), Receiver(200)
        for receiver, pattern in ((self.named, "key.*"), (self.all, "*")):
            self.post("/endpoints", {"url": f"{receiver.url}/hook", "event_types": [pattern]})

    def post(self, path: str, body: dict) -> dict:
        status, answer = self.node.call("POST", f"/api/hub/v1{path}", self.token, body)
        if status not in (200, 201):
            raise Failed(f"POST {path} answered {status}: {answer}")
        return answer

    def issue(self, label: str, **fields: object) -> dict:
        key = self.post("/keys", {"label": label, "scopes": ["read"], "owner": "checkout", **fields})
        self.mailbox.expect(f"API key issued: {key['prefix'].removeprefix('op_')}", f'"{label}"', "checkout", key["id"])
        return key

    def hears(self, *names: str) -> None:
        """Sooner or later, and nothing else, in whatever order."""
        deadline = time.monotonic() + SECONDS_MAX
        while sorted(body["event"] for body in self.named.bodies) != sorted(names):
            if time.monotonic() > deadline:
                raise Failed(f"expected {names}, heard {[body['event'] for body in self.named.bodies]}")
            time.sleep(0.05)
        if self.all.bodies:
            raise Failed(f"who wants everything was told of keys: {self.all.bodies}")
        self.named.bodies.clear()
        print(f"events: {', '.join(names)}")


def changes(keys: Keys) -> None:
    """One mail for each change, also of several keys, and an event for each key."""
    tills = [keys.issue(f"Till {number}", metadata={"note": "hidden"}) for number in range(3)]
    for change, told in (("lock", "locked"), ("unlock", "unlocked"), ("rotate", "rotated")):
        keys.post(f"/keys/{tills[0]['id']}/{change}", {})
        keys.mailbox.expect(f"API key {told}: ", tills[0]["id"])
    keys.post("/keys/bulk", {"action": "revoke", "ids": [till["id"] for till in tills]})
    keys.mailbox.expect("3 API keys revoked", *(till["id"] for till in tills))
    keys.mailbox.expect_nothing_more()
    said = json.dumps(keys.named.bodies)
    if "hidden" in said or any(till["token"].split(".")[1] in said for till in tills):
        raise Failed(f"an event carries a token or metadata: {said}")
    issued, one = ["key.issued"] * 4, ["key.locked", "key.unlocked", "key.rotated"]
    keys.hears(*issued, *one, *["key.revoked"] * 3)


def prepare_looks(keys: Keys) -> None:
    """A key that expires in a week less a day, and a spray from here."""
    soon = datetime.now(timezone.utc) + timedelta(days=6)
    keys.issue("Old till", expires_at=soon.isoformat())
    keys.hears("key.issued")
    for number in range(5):
        status, _ = keys.node.call("GET", "/api/hub/v1/whoami", f"op_0000000{number}.{number:048x}")
        if status != 401:
            raise Failed(f"a key that does not exist was answered with {status}")


def looks(keys: Keys) -> None:
    """What is looked for after a start, in whatever order."""
    mails = sorted(json.loads(read_line(keys.mailbox.process.stdout, 2 * SECONDS_MAX))["subject"] for _ in range(2))
    print(f"mails: {mails}")
    if not mails[0].startswith("API key expires within 7 days: ") or mails[1] != "Unknown API keys are tried from 127.0.0.0/24":
        raise Failed(f"expected a mail of a key that expires and one of a spray, got {mails}")
    keys.hears("key.expiring", "key.spray")


def check_keys(mailbox: Mailbox, settings: dict[str, str]) -> None:
    settings = settings | {"mail.key_events": "true", "keys.spray_threshold": "5"}
    with temporary_folder() as folder:
        with Hub(f"{folder}/data", settings=settings) as node:
            keys = Keys(node, mailbox)
            changes(keys)
            prepare_looks(keys)
            node.end()
        # The look comes soon after a start, and once more after the next, which has nothing new to tell.
        with Hub(f"{folder}/data", settings=settings) as node:
            keys.node = node
            looks(keys)
            node.end()
        with Hub(f"{folder}/data", settings=settings):
            time.sleep(LOOK_AFTER_S + 1)
            keys.hears()
            mailbox.expect_nothing_more()


def check() -> None:
    mailbox = Mailbox()
    settings = {
        "mail.server": "127.0.0.1",
        "mail.port": mailbox.port,
        "mail.tls": "off",
        "mail.from": FROM,
        "mail.to": TO,
        "webhooks.retry_delays_s": "0,1",
        "webhooks.retry_jitter_percent": "0",
        "webhooks.circuit_failures": "3",
        "webhooks.circuit_pause_s": "1",
        "webhooks.circuit_pause_max_s": "2",
    }
    try:
        with temporary_folder() as folder, Hub(f"{folder}/data", settings=settings) as node:
            shop = Shop(node)
            gone(shop, mailbox)
            failing(shop, mailbox)
            counted(shop)
            quiet(shop)
        check_keys(mailbox, settings)
        check_mail_page(mailbox, settings)
    finally:
        mailbox.process.kill()


hub.main(check)
