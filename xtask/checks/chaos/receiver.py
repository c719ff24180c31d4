"""The check's side of the receiver: what arrived so far, in its order."""

import contextlib
import dataclasses
import json
import pathlib
import subprocess
import sys
import threading

from hub import Failed

LISTENER = pathlib.Path(__file__).with_name("listener.py")
# Nothing that the checks wait for takes longer, unless something is wrong.
SECONDS_MAX = 60
# Of Standard Webhooks' own documentation. Given to each endpoint, so that one process verifies for all.
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@dataclasses.dataclass(frozen=True)
class Arrival:
    """One request, as the receiver saw it."""

    path: str
    # The `webhook-id`: the event's.
    id: str
    # Seconds on the monotonic clock, which all processes of the machine share.
    at: float
    # Whether its signature verified.
    is_genuine: bool
    # Requests of this path that were unanswered then, this one included.
    open: int


class Receiver:
    """Remembers every arrival, and says when something has come."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.changed = threading.Condition()
        self.arrivals: list[Arrival] = []
        # Which event has come to which path.
        self.came: set[tuple[str, str]] = set()
        self.told: list[str] = []
        self.port = json.loads(process.stdout.readline())["port"]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for text in self.process.stdout:
            line = json.loads(text)
            with self.changed:
                if "done" in line:
                    self.told.append(line["done"].strip())
                else:
                    self.arrivals.append(Arrival(**line))
                    self.came.add((line["path"], line["id"]))
                self.changed.notify_all()

    def wait(self, what: str, condition, seconds: float = SECONDS_MAX) -> None:
        """Returns as soon as the condition holds; it is asked anew after each arrival."""
        with self.changed:
            if not self.changed.wait_for(condition, timeout=seconds):
                raise Failed(f"{what}: not within {seconds} s")

    def wait_for_all(self, wanted: set[tuple[str, str]]) -> None:
        """Returns when each of these events has come to its path."""
        missing = set(wanted)

        def is_there() -> bool:
            # One look for each that came, not one for each that is missing: this runs with every arrival.
            while missing and (first := next(iter(missing))) in self.came:
                missing.discard(first)
            return not missing

        self.wait("receiving all that was accepted", is_there)

    def so_far(self) -> list[Arrival]:
        with self.changed:
            return list(self.arrivals)

    def _command(self, line: str) -> None:
        with self.changed:
            before = self.told.count(line)
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
            if not self.changed.wait_for(lambda: self.told.count(line) > before, timeout=SECONDS_MAX):
                raise Failed(f"the receiver does not {line}")

    def hold(self) -> None:
        self._command("hold")

    def release(self) -> None:
        self._command("release")

    def delay(self, path: str, seconds: float) -> None:
        self._command(f"delay {path} {seconds}")

    def endpoint(self, path: str) -> dict:
        """What an endpoint is made of that goes here."""
        return {"url": f"http://127.0.0.1:{self.port}{path}", "event_types": ["*"], "secret": SECRET}


@contextlib.contextmanager
def receiver():
    command = [sys.executable, "-B", str(LISTENER), SECRET]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        try:
            yield Receiver(process)
        finally:
            process.stdin.close()
