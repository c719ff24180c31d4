"""The verdict over a run, and the proof that it can be a bad one.

*Every accepted id was received, or has a stored reason why not; duplicates ≤ faults × requests in flight; no request with a bad
signature.*
"""

import base64
import collections
import dataclasses

from hub import Failed

from chaos.listener import TOLERANCE_S, verifies
from chaos.receiver import SECRET, Arrival


@dataclasses.dataclass(frozen=True)
class Expected:
    """What must have happened."""

    # Ids of the events that were answered with 2xx.
    accepted: set[str]
    # Where each of them goes.
    paths: list[str]
    # Requests that may come once more: for each fault as many as were under way.
    doubled_max: int = 0
    # Events whose publisher never got an answer: each may be stored or not.
    unanswered: int = 0
    # Deliveries, by path and id, that the hub itself says are over for a reason.
    excused: frozenset[tuple[str, str]] = frozenset()


@dataclasses.dataclass(frozen=True)
class Found:
    """What has happened."""

    accepted: int
    received: int
    lost: int
    doubled: int
    forged: int


def judge(expected: Expected, arrivals: list[Arrival]) -> Found:
    """The figures of a run.

    Raises `Failed` with all that does not hold.
    """
    times = collections.Counter((arrival.path, arrival.id) for arrival in arrivals if arrival.path in expected.paths)
    wanted = {(path, event_id) for path in expected.paths for event_id in expected.accepted}
    lost = wanted - times.keys() - expected.excused
    strangers = {event_id for _, event_id in times} - expected.accepted
    doubled = sum(count - 1 for count in times.values())
    forged = sum(not arrival.is_genuine for arrival in arrivals)
    found = Found(len(expected.accepted), len(times), len(lost), doubled, forged)
    wrong = []
    if not expected.accepted:
        wrong.append("nothing was accepted, so that nothing is shown")
    if lost:
        wrong.append(f"{len(lost)} accepted and lost, such as {sorted(lost)[:3]}")
    if doubled > expected.doubled_max:
        most = [f"{event_id} at {path}: {count}" for (path, event_id), count in times.most_common(3)]
        wrong.append(f"{doubled} doubled, at most {expected.doubled_max} may be: {most}")
    if forged:
        wrong.append(f"{forged} with a bad signature")
    if len(strangers) > expected.unanswered:
        wrong.append(f"{len(strangers)} arrived that nobody has published, such as {sorted(strangers)[:3]}")
    if wrong:
        raise Failed("; ".join(wrong))
    return found


def _test_signatures() -> None:
    """The receiver takes what is signed and nothing else. The vector is that of Standard Webhooks' own documentation."""
    secret = base64.b64decode(SECRET.removeprefix("whsec_"))
    body, sent_at = b'{"email":"test@example.com","username":"test_user"}', 1_649_367_553
    headers = {
        "webhook-id": "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        "webhook-timestamp": str(sent_at),
        "webhook-signature": "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    }
    rows = [
        ("it is genuine", headers, body, sent_at, True),
        ("its body was changed", headers, body + b" ", sent_at, False),
        ("its id was changed", headers | {"webhook-id": "msg_1"}, body, sent_at, False),
        ("it is old", headers, body, sent_at + TOLERANCE_S + 1, False),
        ("it is not signed", {}, body, sent_at, False),
    ]
    for name, given, content, now, is_genuine in rows:
        if verifies(secret, given, content, now) != is_genuine:
            raise Failed(f"the receiver is wrong about a request where {name}")


def _is_refused(expected: Expected, arrivals: list[Arrival]) -> bool:
    try:
        judge(expected, arrivals)
    except Failed:
        return True
    return False


def test_itself() -> None:
    """A verdict that cannot be bad is worth nothing: each rule is broken once, and kept once to its bound."""
    _test_signatures()

    def came(event_id: str, path: str = "/a", is_genuine: bool = True) -> Arrival:
        return Arrival(path, event_id, 0.0, is_genuine, 1)

    one, two = Expected({"1"}, ["/a"]), Expected({"1", "2"}, ["/a"])
    rows = [
        ("all is well", two, [came("1"), came("2")], False),
        ("one was lost", two, [came("1")], True),
        ("one was lost on its way to one of two", Expected({"1"}, ["/a", "/b"]), [came("1")], True),
        ("one has a stored reason", dataclasses.replace(two, excused=frozenset({("/a", "2")})), [came("1")], False),
        ("one was doubled without a fault", one, [came("1"), came("1")], True),
        ("one was doubled, as it may be", dataclasses.replace(one, doubled_max=1), [came("1")] * 2, False),
        ("one was doubled more than it may be", dataclasses.replace(one, doubled_max=1), [came("1")] * 3, True),
        ("one has a bad signature", one, [came("1", is_genuine=False)], True),
        ("one was never published", one, [came("1"), came("2")], True),
        ("one got no answer and was stored", dataclasses.replace(one, unanswered=1), [came("1"), came("2")], False),
        ("nothing was accepted", Expected(set(), ["/a"]), [], True),
    ]
    for name, expected, arrivals, is_refused in rows:
        if _is_refused(expected, arrivals) != is_refused:
            raise Failed(f"the verdict is wrong where {name}")
