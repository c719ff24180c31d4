"""A load of events, by publishers as they should be: one that gets no answer, or 503, sends the same event again."""

import dataclasses
import http.client
import json
import threading
import time
import urllib.parse

from hub import Failed

# Between two events of one publisher: the receiver and the hub share the processors with it.
PAUSE_S = 0.02
# Before an event is sent again that was not accepted. Shorter than `Retry-After` asks for: the hub must bear that too.
RETRY_S = 0.05
ANSWER_S_MAX = 30


@dataclasses.dataclass(frozen=True)
class Answer:
    """What one request got."""

    status: int
    asked_at: float
    answered_at: float
    has_retry_after: bool


class Load:
    """Publishes from several threads until it is left."""

    def __init__(self, address, token: str, name: str, threads: int = 4, pause_s: float = PAUSE_S) -> None:
        self.address, self.token, self.name, self.pause_s = address, token, name, pause_s
        self.lock = threading.Lock()
        # When each event was asked for the first time, by its id; written before the next is sent.
        self.accepted: dict[str, float] = {}
        self.answers: list[Answer] = []
        self.unanswered = 0
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._publish, args=(number,), daemon=True) for number in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def ids(self) -> set[str]:
        with self.lock:
            return set(self.accepted)

    def accepted_so_far(self) -> dict[str, float]:
        with self.lock:
            return dict(self.accepted)

    def answers_so_far(self) -> list[Answer]:
        with self.lock:
            return list(self.answers)

    def wait_for(self, what: str, condition, seconds: float = 60) -> None:
        """Returns when the condition holds for the answers so far."""
        deadline = time.monotonic() + seconds
        while not condition(self.answers_so_far()):
            if time.monotonic() > deadline:
                raise Failed(f"{what}: not within {seconds} s")
            time.sleep(0.01)

    def expect_only(self, *statuses: int) -> None:
        """Every answer has one of these, and every 503 says when to come back."""
        others = {answer.status for answer in self.answers_so_far()} - set(statuses)
        if others:
            raise Failed(f"publishing was answered with {sorted(others)}")
        if any(answer.status == 503 and not answer.has_retry_after for answer in self.answers_so_far()):
            raise Failed("a 503 does not say when to come back")

    def _publish(self, thread: int) -> None:
        connection, number = None, 0
        while not self.is_over.is_set():
            number += 1
            order = f"{self.name}-{thread}-{number}"
            event = {"event_type": "payment.completed", "external_id": order, "payload": {"order": order}}
            connection = self._publish_one(connection, json.dumps(event))
            self.is_over.wait(self.pause_s)

    def _publish_one(self, connection, body: str):
        first_asked_at = time.monotonic()
        while True:
            try:
                connection = connection or self._connect()
                event_id = self._ask(connection, body, first_asked_at)
            except (OSError, http.client.HTTPException):
                connection, event_id = None, None
            if event_id is not None:
                return connection
            if self.is_over.is_set():
                with self.lock:
                    self.unanswered += 1
                return connection
            self.is_over.wait(RETRY_S)

    def _connect(self) -> http.client.HTTPConnection:
        url = urllib.parse.urlsplit(self.address())
        return http.client.HTTPConnection(url.hostname, url.port, timeout=ANSWER_S_MAX)

    def _ask(self, connection, body: str, first_asked_at: float) -> str | None:
        asked_at = time.monotonic()
        head = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        connection.request("POST", "/api/hub/v1/events", body, head)
        answer = connection.getresponse()
        content = answer.read()
        retry_after = answer.getheader("retry-after")
        with self.lock:
            self.answers.append(Answer(answer.status, asked_at, time.monotonic(), retry_after is not None))
            if answer.status not in (200, 201):
                return None
            event_id = json.loads(content)["id"]
            self.accepted.setdefault(event_id, first_asked_at)
            return event_id
