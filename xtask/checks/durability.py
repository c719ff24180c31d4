"""An acknowledged event is on disk before it is acknowledged.

Under `strace` a sync of the write-ahead log must stand between each request and its acknowledgement; with `database.synchronous=off`
that same check must fail, which shows that it can. `DEVHUB_TEST_FULL` asks for ten times as many events. That a hub which is killed
has all that it acknowledged is shown by `chaos.py`.
"""

import os
import pathlib
import re

import hub
from hub import Failed, Hub, temporary_folder

EVENTS = 200 if os.environ.get("DEVHUB_TEST_FULL") else 20
STRACE = ["strace", "-f", "-y", "-s", "64", "-e", "trace=fdatasync,fsync,write,writev,sendto,recvfrom,read", "-o"]
# A call that another thread interrupts stands on two lines: its start with the file, its end with the result.
REQUEST = re.compile(r"^(\d+) +.*POST /api/hub/v1/events")
SYNC = re.compile(r"^(\d+) +(?:fdatasync|fsync)\(\d+<[^>]*hub\.db-wal>(\) += 0| <unfinished)")
SYNC_RESUMED = re.compile(r"^(\d+) +<\.\.\. (?:fdatasync|fsync) resumed>\) += 0")
ACKNOWLEDGED = re.compile(r"^\d+ +(?:write|writev|sendto)\(.*HTTP/1\.1 201 Created")


def publish(node: Hub, token: str, number: int) -> str:
    event = {"event_type": "payment.completed", "external_id": f"order-{number}", "payload": {"number": number}}
    status, answer = node.call("POST", "/api/hub/v1/events", token, event)
    if status != 201:
        raise Failed(f"publishing answered {status}: {answer}")
    return answer["id"]


def unsynced_acknowledgements(synchronous: str) -> tuple[int, int]:
    """Acknowledgements under strace: how many, and how many had no sync of the log since their request."""
    with temporary_folder() as folder:
        trace = pathlib.Path(folder) / "trace"
        settings = {"database.synchronous": synchronous}
        with Hub(f"{folder}/data", wrapper=[*STRACE, str(trace)], settings=settings) as node:
            token = node.issue_key()
            for number in range(EVENTS):
                publish(node, token, number)
        lines = trace.read_text(errors="replace").splitlines()
    return count_unsynced(lines)


def count_unsynced(lines: list[str]) -> tuple[int, int]:
    acknowledged = unsynced = 0
    is_synced = False
    unfinished = set()
    for line in lines:
        if REQUEST.search(line):
            is_synced = False
        elif sync := SYNC.search(line):
            if "unfinished" in sync[2]:
                unfinished.add(sync[1])
            else:
                is_synced = True
        elif (resumed := SYNC_RESUMED.search(line)) and resumed[1] in unfinished:
            unfinished.discard(resumed[1])
            is_synced = True
        elif ACKNOWLEDGED.search(line):
            acknowledged += 1
            unsynced += not is_synced
    return acknowledged, unsynced


def syncs_before_it_acknowledges() -> None:
    acknowledged, unsynced = unsynced_acknowledgements("full")
    print(f"synchronous=full: {acknowledged} acknowledgements, {unsynced} without a sync before")
    if acknowledged != EVENTS or unsynced:
        raise Failed("an event was acknowledged before it was on disk")
    acknowledged, unsynced = unsynced_acknowledgements("off")
    print(f"synchronous=off:  {acknowledged} acknowledgements, {unsynced} without a sync before")
    if acknowledged != EVENTS or unsynced < EVENTS - 1:
        raise Failed("the check cannot tell a hub that does not sync")


def check() -> None:
    syncs_before_it_acknowledges()


hub.main(check)
