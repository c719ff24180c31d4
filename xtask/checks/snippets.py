"""Each snippet of the guide for receivers, as it stands there, takes what a real hub has sent and refuses forgeries."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import queue
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable

import hub
from forgeries import OTHER_SECRET, Forger, Request, key_of, sign
from hub import Failed, read_line

GUIDE = hub.ROOT / "docs" / "guides" / "verify-webhooks.md"
RUST_EXAMPLE = hub.ROOT / "crates" / "domain" / "examples" / "verify" / "main.rs"
RUST_OWN_PAY = RUST_EXAMPLE.with_name("own_pay.rs")
LANGUAGES = {"php", "node", "python", "go", "rust", "bash"}
OWN_PAY_LANGUAGES = ["php", "node", "python", "rust"]
EMPTY_KEYS = ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
NO_ANSWER = 0
BODY_BYTES_MAX = 1 << 20
EXAMPLE = ["--quiet", "--package", "devhub-domain", "--example", "verify"]
# Showing errors is what PHP does without a configuration, and what makes it answer 200 when it fails.
PHP = ["php", "-d", "display_errors=1"]


class Served:
    """A snippet that is a receiver: started as the page says, asked over HTTP."""

    def __init__(self, folder: pathlib.Path, command: list[str], secrets: str) -> None:
        self.folder = folder
        environment = os.environ | {"WEBHOOK_SECRET": secrets, "PORT": "0"}
        self.child = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
        )
        self.port = self._port()

    def _port(self) -> int | None:
        """Where it listens; none when it has ended instead."""
        while True:
            try:
                line = read_line(self.child.stdout)
            except Failed:
                if self.child.poll() is None:
                    self.child.wait(timeout=10)
                return None
            if found := re.search(r"(?:listening on |Development Server \(http://)[0-9.]+:([0-9]+)", line):
                return int(found[1])

    def ask(self, request: Request) -> int:
        if self.port is None:
            return NO_ANSWER
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", "/", request.body, {"content-type": "application/json"} | request.headers)
            return connection.getresponse().status
        except (http.client.HTTPException, OSError):
            return NO_ANSWER
        finally:
            connection.close()

    def inbox(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (self.folder / "inbox").glob("*")}

    def end(self) -> None:
        self.child.kill()
        self.child.communicate()


class Driven:
    """The Rust snippet, inside the example that holds it: a request and an answer a line."""

    def __init__(self, secrets: str) -> None:
        self.child = subprocess.Popen(
            ["cargo", "run", *EXAMPLE, "--", secrets],
            cwd=hub.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self.kept = 0

    def ask(self, request: Request) -> int:
        body = base64.b64encode(request.body).decode()
        line = json.dumps({"headers": list(request.headers.items()), "body": body}) + "\n"
        try:
            self.child.stdin.write(line.encode())
            answer = read_line(self.child.stdout)
        except (BrokenPipeError, Failed):
            return NO_ANSWER
        self.kept = int(re.search(r", ([0-9]+) in the inbox", answer)[1])
        return int(answer.split()[0])

    def end(self) -> None:
        self.child.kill()
        self.child.communicate()


class Sourced:
    """The functions for bash: a process for each request."""

    def __init__(self, folder: pathlib.Path, secrets: str) -> None:
        self.folder = folder
        self.environment = os.environ | {"WEBHOOK_SECRET": secrets}

    def run(self, function: str, *arguments: str) -> int:
        script = 'source ./webhook.sh; "$@"'
        command = ["bash", "-c", script, "bash", function, *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, timeout=60)
        return done.returncode

    def ask(self, request: Request) -> int:
        (self.folder / "body").write_bytes(request.body)
        headers = [request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")]
        return 204 if self.run("verify_webhook", "body", *headers) == 0 else 401

    def end(self) -> None:
        pass


def parts() -> dict[str, str]:
    """The snippets of the guide by their languages."""
    found = re.findall(r"^<!-- snippet: (\w+) -->\n```\w+\n(.*?)^```\n<!-- end -->$", GUIDE.read_text(), re.S | re.M)
    snippets = dict(found)
    if len(found) != len(snippets) or snippets.keys() != LANGUAGES:
        raise Failed(f"the guide has snippets for {sorted(name for name, _ in found)}, not one each for {sorted(LANGUAGES)}")
    return snippets


def own_pay_parts() -> dict[str, str]:
    """The same for OwnPay's own headers."""
    found = re.findall(r"^<!-- own-pay: (\w+) -->\n```\w+\n(.*?)^```\n<!-- end -->$", GUIDE.read_text(), re.S | re.M)
    if [name for name, _ in found] != OWN_PAY_LANGUAGES:
        raise Failed(f"the guide has OwnPay's headers for {[name for name, _ in found]}, not for {OWN_PAY_LANGUAGES}")
    return dict(found)


def free_port() -> int:
    """For PHP's own server, which cannot choose its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def starters(folder: pathlib.Path) -> dict[str, Callable[[str], object]]:
    """How each snippet is started with its secrets; those alone whose interpreter is here."""
    snippets = parts()
    example = RUST_EXAMPLE.read_text().split("// guide: begin\n")[1].split("// guide: end\n")[0]
    if snippets["rust"].strip() != example.strip():
        raise Failed(f"the guide's Rust differs from what is between the marks of {RUST_EXAMPLE.name}")
    subprocess.run(["cargo", "build", *EXAMPLE], cwd=hub.ROOT, check=True)

    def prepared(name: str, file: str) -> Callable[[], pathlib.Path]:
        def fresh() -> pathlib.Path:
            place = folder / name
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            (place / file).write_text(snippets[name])
            return place

        return fresh

    php, node = prepared("php", "webhook.php"), prepared("node", "webhook.mjs")
    python, bash = prepared("python", "webhook.py"), prepared("bash", "webhook.sh")
    found = {
        "php": lambda secrets: Served(php(), [*PHP, "-S", f"127.0.0.1:{free_port()}", "webhook.php"], secrets),
        "node": lambda secrets: Served(node(), ["node", "webhook.mjs"], secrets),
        "python": lambda secrets: Served(python(), ["python3", "-B", "webhook.py"], secrets),
        "rust": Driven,
        "bash": lambda secrets: Sourced(bash(), secrets),
    }
    if shutil.which("go") is None:
        print("snippet go: left out, there is no go on PATH")
        return found
    program, place = folder / "webhook-go", prepared("go", "webhook.go")()
    environment = os.environ | {"GOTOOLCHAIN": "local", "GO111MODULE": "off"}
    subprocess.run(["go", "build", "-o", program, "webhook.go"], cwd=place, env=environment, check=True)
    go = prepared("go", "webhook.go")
    return found | {"go": lambda secrets: Served(go(), [str(program)], secrets)}


def answers(start: Callable[[str], object], secrets: str, requests: dict[str, Request]) -> tuple[dict[str, int], object]:
    receiver = start(secrets)
    try:
        return {name: receiver.ask(request) for name, request in requests.items()}, receiver
    finally:
        receiver.end()


def is_success(status: int) -> bool:
    return 200 <= status <= 299


def check_snippet(name: str, start: Callable[[str], object], forger: Forger) -> None:
    accepted, refused = forger.accepted(), forger.refused()
    statuses, receiver = answers(start, f"{OTHER_SECRET} {forger.secret}", refused | accepted)
    wrong = [case for case in accepted if not is_success(statuses[case])]
    wrong += [case for case in refused if statuses[case] not in range(400, 500)]
    if wrong:
        raise Failed(f"snippet {name}: wrong about " + "; ".join(f"{case} ({statuses[case]})" for case in wrong))

    # Of several with one id, the first.
    kept = {f"{request.headers['webhook-id']}.json": request.body for request in reversed(accepted.values())}
    if isinstance(receiver, Served) and receiver.inbox() != kept:
        raise Failed(f"snippet {name}: kept {sorted(receiver.inbox())} and not each event of {sorted(kept)} once")
    if isinstance(receiver, Driven) and receiver.kept != len(kept):
        raise Failed(f"snippet {name}: kept {receiver.kept} events and not {len(kept)}")

    unfit = check_unfit(start, forger)
    if fooled := [case for case, status in unfit.items() if is_success(status)]:
        raise Failed(f"snippet {name}: accepts {'; '.join(fooled)}")
    print(f"snippet {name}: {len(accepted)} accepted, {len(refused) + len(unfit)} refused")


def check_unfit(start: Callable[[str], object], forger: Forger) -> dict[str, int]:
    """What is answered when the secret or the size is not fit for verifying: anything but success, or nothing at all."""
    id, timestamp = (forger.genuine.headers[f"webhook-{part}"] for part in ("id", "timestamp"))
    unfit, receiver = answers(start, OTHER_SECRET, {"what another secret signed": forger.genuine})
    empty_key = forger.genuine.but(signature=sign(b"", id, timestamp, forger.genuine.body))
    for secrets in EMPTY_KEYS:
        unfit |= answers(start, secrets, {f"an empty key, with the secret {secrets!r}": empty_key})[0]
    if isinstance(receiver, Served):
        large = forger.signed("evt_large", timestamp, body=b" " * (BODY_BYTES_MAX + 1))
        unfit |= answers(start, forger.secret, {"a body past its bound": large})[0]
    return unfit


def check_own_pay(folder: pathlib.Path, secret: str, body: bytes) -> None:
    """Runs the receivers of OwnPay's own headers, for two secrets of which one signs."""
    snippets = own_pay_parts()
    example = RUST_OWN_PAY.read_text().split("// guide: begin\n")[1]
    if snippets["rust"].strip() != example.strip():
        raise Failed(f"the guide's Rust for OwnPay's headers differs from {RUST_OWN_PAY.name}")
    commands = {
        "php": ("webhook.php", [*PHP, "-S", f"127.0.0.1:{free_port()}", "webhook.php"]),
        "node": ("webhook.mjs", ["node", "webhook.mjs"]),
        "python": ("webhook.py", ["python3", "-B", "webhook.py"]),
    }

    def served(name: str, secrets: str) -> object:
        if name == "rust":
            return Driven(secrets)
        file, command = commands[name]
        place = folder / f"own-pay-{name}"
        place.mkdir(exist_ok=True)
        (place / file).write_text(snippets[name])
        return Served(place, command, secrets)

    def request(key: str, signed: bytes, sent: bytes | None = None, change: Callable[[str], str] = str) -> Request:
        digest = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
        headers = {"x-ownpay-signature": change(digest), "x-ownpay-timestamp": str(int(time.time()))}
        return Request(headers, signed if sent is None else sent)

    cases = {
        "as it was sent": request(secret, body),
        "with a byte more": request(secret, body, body + b"\n"),
        "cut short": request(secret, body, change=lambda digest: digest[:-1]),
        "empty": request(secret, body, change=lambda _: ""),
        "signed by another": request(OTHER_SECRET + "x", body),
        "signed with an empty key": request("", body),
        "without a signature": Request({}, body),
    }
    for name in OWN_PAY_LANGUAGES:
        statuses, _ = answers(lambda secrets, name=name: served(name, secrets), f"{OTHER_SECRET} {secret}", cases)
        wrong = [f"{case} ({status})" for case, status in statuses.items() if is_success(status) != (case == "as it was sent")]
        if wrong:
            raise Failed(f"snippet {name} for OwnPay's headers: wrong about {'; '.join(wrong)}")
        fooled, _ = answers(lambda secrets, name=name: served(name, secrets), "", {"": cases["signed with an empty key"]})
        if is_success(fooled[""]):
            raise Failed(f"snippet {name} for OwnPay's headers: accepts an empty secret")
        if name == "rust":
            check_both_schemes(secret, cases["as it was sent"])
        print(f"snippet {name} for OwnPay's headers: 1 accepted, {len(cases)} refused")


def check_both_schemes(secret: str, genuine: Request) -> None:
    """What carries both is held against the one that signs id and time: OwnPay's header alone must not get an old one through."""
    id, old = "evt_both", str(int(time.time()) - 3600)
    standard = {"webhook-id": id, "webhook-timestamp": old, "webhook-signature": sign(key_of(secret), id, old, genuine.body)}
    statuses, _ = answers(Driven, secret, {"both": Request(genuine.headers | standard, genuine.body)})
    if is_success(statuses["both"]):
        raise Failed("snippet rust: an old request gets through by OwnPay's headers")


class Caught:
    """A receiver that keeps each request as it came."""

    def __init__(self) -> None:
        self.requests: queue.Queue[Request] = queue.Queue()
        requests = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                requests.put(Request({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self) -> Request:
        try:
            return self.requests.get(timeout=hub.LINE_SECONDS_MAX)
        except queue.Empty:
            raise Failed("no request has come") from None


def check_sending(folder: pathlib.Path, secret: str, body: bytes) -> None:
    """What the page's bash signs and posts is what the hub would have sent."""
    (folder / "event.json").write_bytes(body)
    caught = Caught()
    sender = Sourced(folder, f"{secret} {OTHER_SECRET}")
    if code := sender.run("send_webhook", "event.json", f"http://127.0.0.1:{caught.port}/hook"):
        raise Failed(f"snippet bash: send_webhook exited with {code}")
    request = caught.next()
    id, timestamp, signature = (request.headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    if request.body != body or signature != sign(key_of(secret), id, timestamp, body):
        raise Failed("snippet bash: what send_webhook sends does not verify")
    print("snippet bash: what it sends verifies")


def check(delivered: Request, folder: str, secret: str) -> None:
    """Runs every snippet against a request that a hub has sent, and against what is made of it."""
    signed = {name: value for name, value in delivered.headers.items() if name.startswith("webhook-")}
    place = pathlib.Path(folder) / "snippets"
    place.mkdir()
    for name, start in starters(place).items():
        # Anew for each: what is nearly too old must not become so while others are asked.
        check_snippet(name, start, Forger(Request(signed, delivered.body), secret))
    check_own_pay(place, secret, delivered.body)
    check_sending(place / "bash", secret, delivered.body)
