"""Starts a hub for the checks and talks to it. Standard library only."""

import json
import os
import pathlib
import secrets
import select
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEVHUB = os.environ.get("DEVHUB_BINARY", str(ROOT / "target" / "debug" / "devhub"))
ALL_SCOPES = ",".join(
    [
        "read,write,admin,keys:read,keys:write,events:read,events:write,endpoints:read,endpoints:write",
        "deliveries:read,deliveries:write,limits:read,limits:write,audit:read,event_types:write",
    ]
)
LINE_SECONDS_MAX = 60


class Failed(Exception):
    """Something does not hold."""


def build() -> None:
    """Builds the program, so that a check never runs yesterday's."""
    if "DEVHUB_BINARY" not in os.environ:
        subprocess.run(["cargo", "build", "--quiet", "--package", "devhub"], cwd=ROOT, check=True)


def read_line(stream, seconds: float = LINE_SECONDS_MAX) -> str:
    """The next line of a child's output; fails instead of waiting for ever."""
    deadline = time.monotonic() + seconds
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise Failed(f"no line within {seconds} s, only {line!r}")
        byte = os.read(stream.fileno(), 1)
        if not byte:
            raise Failed(f"the program ended after {line!r}")
        line += byte
    return line.decode()


class Hub:
    """A hub on an SQLite folder of its own."""

    def __init__(
        self,
        folder: str,
        wrapper: list[str] | None = None,
        settings: dict[str, str] | None = None,
        log: pathlib.Path | None = None,
    ) -> None:
        self.is_wrapped = wrapper is not None
        self.settings = {
            "server.listen": "127.0.0.1:0",
            "database.url": f"sqlite:{folder}",
            "webhooks.allow_http": "true",
            "webhooks.allow_networks": "127.0.0.0/8",
            "log.format": "json",
        } | (settings or {})
        with open(log or os.devnull, "wb") as stderr:
            self.process = subprocess.Popen(
                [*(wrapper or []), DEVHUB, *self.flags(), "serve"],
                stdout=subprocess.PIPE,
                stderr=stderr,
                bufsize=0,
            )
        self.greeting = ""
        self.base = self._address()

    @classmethod
    def at(cls, base: str) -> "Hub":
        """One that runs already, for requests alone."""
        node = cls.__new__(cls)
        node.base = base
        return node

    def flags(self) -> list[str]:
        return [part for key, value in self.settings.items() for part in ("--set", f"{key}={value}")]

    def _address(self) -> str:
        while True:
            line = read_line(self.process.stdout)
            self.greeting += line
            if line.startswith("metrics on "):
                self.metrics_url = line.removeprefix("metrics on ").strip()
            if line.startswith("listening on "):
                return line.removeprefix("listening on ").strip()

    @property
    def setup_token(self) -> str:
        """What the first owner is made with, as the start has printed it."""
        before, mark, after = self.greeting.partition("/admin/setup#")
        if not mark:
            raise Failed(f"the start has printed no setup token, only {before!r}")
        return after.split()[0]

    def metrics(self) -> bytes:
        """A scrape; needs the setting `metrics.listen`."""
        with urllib.request.urlopen(self.metrics_url, timeout=30) as answer:
            return answer.read()

    def command(self, *arguments: str, given: str | None = None) -> str:
        """Runs the command line beside the running hub; `given` is what it reads."""
        command = [DEVHUB, *self.flags(), *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Failed(f"devhub {' '.join(arguments)} exited with {done.returncode}: {done.stderr}")
        return done.stdout

    def issue_key(self, scopes: str = ALL_SCOPES) -> str:
        out = self.command("keys", "issue", "--label", "Check", "--scope", scopes, "--json")
        return json.loads(out)["token"]

    def add_operator(self, email: str, role: str = "owner") -> None:
        """Somebody who administers the workspace, with a password that nobody needs to know."""
        self.command("operators", "add", email, "--role", role, "--password-file", "-", given=secrets.token_urlsafe(24))

    def call(
        self, method: str, path: str, token: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, object]:
        """One request; the status and the parsed answer, whatever the status is. `None` for an answer without a body."""
        data = None if body is None else json.dumps(body).encode()
        head = {"authorization": f"Bearer {token}", "content-type": "application/json"} | (headers or {})
        request = urllib.request.Request(self.base + path, data=data, headers=head, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                content = answer.read()
                return answer.status, json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def end(self) -> None:
        """Ends the hub as an operator does: what is under way comes to its end, the write-ahead log goes into the database."""
        os.kill(self.pid(), signal.SIGTERM)
        if code := self.process.wait(timeout=60):
            raise Failed(f"the hub ended with {code}")

    def kill(self) -> None:
        """Ends the hub as a power cut would end the process."""
        os.kill(self.pid(), signal.SIGKILL)
        self.process.wait(timeout=60)

    def pid(self) -> int:
        """The hub's own process: a wrapper such as `strace` has it as its child."""
        if not self.is_wrapped:
            return self.process.pid
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return int(children.split()[0])

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()


def temporary_folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="devhub-check-")


def main(check) -> None:
    """Runs a check; prints what it found and exits with 0 only if it holds."""
    build()
    try:
        check()
    except Failed as failure:
        print(f"does not hold: {failure}")
        raise SystemExit(1) from None
