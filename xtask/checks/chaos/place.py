"""A store with the hub that runs on it, ended and started anew as often as a scenario wants."""

import dataclasses
import json
import pathlib
import time

from hub import Failed, Hub

from chaos.receiver import SECONDS_MAX, Receiver
from chaos.verdict import Expected, Found, judge

# Requests in flight to one endpoint; as many again are held in memory, to come next.
PER_ENDPOINT = 8
# And eight times as many for a burst while a node is idle, but never more than a quarter of all its places, twice 512.
BURST_FACTOR = 8
PLACES = 2 * 512
# What one fault may double at most, for each endpoint: every request that had left and whose result was not yet stored. A success lets
# the next request leave before it is stored, so that this is all that a node may hold of one endpoint.
UNDER_WAY_MAX = min(BURST_FACTOR * PER_ENDPOINT, PLACES // 4)
# States of deliveries whose story is not over.
OPEN_STATES = ("leased", "waiting")
# And of those that ended without the receiver: each is a stored reason.
REASONS = ("exhausted", "blocked", "aborted", "endpoint_deleted", "parked", "held", "expired")


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table."""

    scenario: str
    backend: str
    found: Found
    # Milliseconds from each start, or end of the trouble, until all that was accepted before had arrived.
    recovery_ms: list[int] = dataclasses.field(default_factory=list)
    remark: str = ""


class Place:
    """Where a hub lives. Its log is kept, one file for each start."""

    def __init__(self, folder: pathlib.Path, receiver: Receiver, settings: dict[str, str], wrapper: list[str] | None = None):
        folder.mkdir(exist_ok=True)
        self.folder, self.receiver, self.wrapper = folder, receiver, wrapper
        self.settings = {
            "limits.exempt_networks": "127.0.0.0/8",
            "webhooks.per_endpoint_max": str(PER_ENDPOINT),
            "server.state_folder": str(folder / "state"),
        } | settings
        # Of each endpoint, by its id.
        self.path_of: dict[str, str] = {}
        self.starts = 0
        self.node = self.started()
        self.token = self.node.issue_key()

    def started(self) -> Hub:
        self.starts += 1
        log = self.folder / f"log-{self.starts}"
        self.node = Hub(str(self.folder / "data"), wrapper=self.wrapper, settings=self.settings, log=log)
        return self.node

    def address(self) -> str:
        """Of the hub that runs at the moment: each start has another port."""
        return self.node.base

    def log_lines(self) -> list[dict]:
        """What all its hubs have logged."""
        logs = [self.folder / f"log-{number}" for number in range(1, self.starts + 1)]
        return [json.loads(line) for log in logs for line in log.read_text().splitlines() if line.startswith("{")]

    def logged(self, sentence: str) -> int:
        return sum(sentence in json.dumps(line) for line in self.log_lines())

    def add_endpoint(self, path: str) -> None:
        status, answer = self.node.call("POST", "/api/hub/v1/endpoints", self.token, self.receiver.endpoint(path))
        if status != 201:
            raise Failed(f"an endpoint was answered {status}: {answer}")
        self.path_of[answer["id"]] = path

    @property
    def paths(self) -> list[str]:
        return list(self.path_of.values())

    def publish(self, order: str) -> str:
        event = {"event_type": "payment.completed", "external_id": order, "payload": {"order": order}}
        status, answer = self.node.call("POST", "/api/hub/v1/events", self.token, event)
        if status not in (200, 201):
            raise Failed(f"publishing was answered {status}: {answer}")
        return answer["id"]

    def deliveries(self, state: str) -> list[dict]:
        """All deliveries in a state."""
        items, after = [], ""
        while True:
            path = f"/api/hub/v1/deliveries?state={state}&limit=100{after}"
            status, answer = self.node.call("GET", path, self.token)
            if status != 200:
                raise Failed(f"listing deliveries was answered {status}: {answer}")
            items += answer["items"]
            if not answer.get("next_cursor"):
                return items
            after = f"&cursor={answer['next_cursor']}"

    def attempts(self, delivery_id: str) -> list[dict]:
        """All attempts of a delivery, at most a page of them."""
        status, answer = self.node.call("GET", f"/api/hub/v1/deliveries/{delivery_id}/attempts?limit=100", self.token)
        if status != 200:
            raise Failed(f"listing attempts was answered {status}: {answer}")
        return answer["items"]

    def wait_received(self, ids: set[str]) -> None:
        """Returns when each of these has arrived wherever it goes."""
        try:
            self.receiver.wait_for_all({(path, event_id) for path in self.paths for event_id in ids})
        except Failed as late:
            states = {state: len(self.deliveries(state)) for state in OPEN_STATES + REASONS}
            raise Failed(f"{late}; the hub says {states}") from None

    def settle(self) -> None:
        """Returns when nothing is left to be done."""
        deadline = time.monotonic() + SECONDS_MAX
        while left := [state for state in OPEN_STATES if self.deliveries(state)]:
            if time.monotonic() > deadline:
                raise Failed(f"deliveries stay {left}")
            time.sleep(0.05)

    def close(self) -> None:
        """Ends whatever still runs here, after a failure too."""
        if self.node.process.poll() is None:
            self.node.kill()

    def excused(self) -> frozenset[tuple[str, str]]:
        """Deliveries that are over without the receiver, by path and event."""
        over = [delivery for state in REASONS for delivery in self.deliveries(state)]
        return frozenset((self.path_of[delivery["endpoint_id"]], delivery["event_id"]) for delivery in over)

    def judged(self, accepted: set[str], doubled_max: int = 0, unanswered: int = 0) -> Found:
        """Settles, ends the hub as an operator does, and looks at all that arrived."""
        self.settle()
        expected = Expected(accepted, self.paths, doubled_max, unanswered, self.excused())
        self.node.end()
        return judge(expected, self.receiver.so_far())


def milliseconds_since(begin: float) -> int:
    return round(1000 * (time.monotonic() - begin))
