"""An acknowledged event is on disk before it is acknowledged.

Two experiments. The hub is killed with SIGKILL after each acknowledged write and must still have the event. Under `strace` a sync of
the write-ahead log must stand between any two acknowledgements; with `database.synchronous=off` that same check must fail, which shows
that it can.
"""

import pathlib
import re

import hub
from hub import Failed, Hub, temporary_folder

ROUNDS = 10
EVENTS = 20
SYNC = re.compile(r"(?:fdatasync|fsync)\(\d+<[^>]*hub\.db-wal>\)")
ACKNOWLEDGED = re.compile(r"(?:write|writev|sendto)\(.*HTTP/1\.1 201 Created")
STRACE = ["strace", "-f", "-y", "-s", "64", "-e", "trace=fdatasync,fsync,write,writev,sendto", "-o"]


def publish(node: Hub, token: str, number: int) -> str:
    event = {"event_type": "payment.completed", "external_id": f"order-{number}", "payload": {"number": number}}
    status, answer = node.call("POST", "/api/hub/v1/events", token, event)
    if status != 201:
        raise Failed(f"publishing answered {status}: {answer}")
    return answer["id"]


def survives_being_killed() -> None:
    with temporary_folder() as folder:
        with Hub(folder) as node:
            token = node.issue_key()
        known = {}
        for number in range(ROUNDS):
            with Hub(folder) as node:
                known[number] = publish(node, token, number)
                node.kill()
        with Hub(folder) as node:
            for number, event_id in known.items():
                event = {"event_type": "payment.completed", "external_id": f"order-{number}", "payload": {"number": number}}
                status, answer = node.call("POST", "/api/hub/v1/events", token, event)
                if status != 200 or answer["id"] != event_id:
                    raise Failed(f"event {number} was acknowledged and is gone: {status} {answer}")
    print(f"killed {ROUNDS + 1} times after an acknowledged write: nothing lost")


def unsynced_acknowledgements(synchronous: str) -> tuple[int, int]:
    """Acknowledgements under strace: how many, and how many had no sync of the log since the one before."""
    with temporary_folder() as folder:
        trace = pathlib.Path(folder) / "trace"
        settings = {"database.synchronous": synchronous}
        with Hub(f"{folder}/data", wrapper=[*STRACE, str(trace)], settings=settings) as node:
            token = node.issue_key()
            for number in range(EVENTS):
                publish(node, token, number)
        lines = trace.read_text(errors="replace").splitlines()
    acknowledged = unsynced = 0
    is_synced = False
    for line in lines:
        if SYNC.search(line):
            is_synced = True
        elif ACKNOWLEDGED.search(line):
            acknowledged += 1
            unsynced += not is_synced
            is_synced = False
    return acknowledged, unsynced


def syncs_before_it_acknowledges() -> None:
    acknowledged, unsynced = unsynced_acknowledgements("full")
    print(f"synchronous=full: {acknowledged} acknowledgements, {unsynced} without a sync before")
    if acknowledged != EVENTS or unsynced:
        raise Failed("an event was acknowledged before it was on disk")
    acknowledged, unsynced = unsynced_acknowledgements("off")
    print(f"synchronous=off:  {acknowledged} acknowledgements, {unsynced} without a sync before")
    if acknowledged != EVENTS or unsynced == 0:
        raise Failed("the check cannot tell a hub that does not sync")


def check() -> None:
    survives_being_killed()
    syncs_before_it_acknowledges()


hub.main(check)
