"""Case 18: two hubs on one PostgreSQL, one of which is frozen for longer than its lease."""

import contextlib
import os
import pathlib
import signal
import time

from hub import Failed

from chaos.load import Load
from chaos.place import PER_ENDPOINT, Place, Row, milliseconds_since
from chaos.setup import Setup

TOOK_OVER = "took over what a silent node had left"
FENCED = "found no lease"
LOST = "it goes on with a new session"


def wait_logged(place: Place, sentence: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not place.logged(sentence):
        if time.monotonic() > deadline:
            raise Failed(f"no hub has said {sentence!r}")
        time.sleep(0.05)


def freeze(process: int) -> None:
    """Returns when every thread stands still: the signal alone lets some go on for a moment."""
    os.kill(process, signal.SIGSTOP)
    deadline = time.monotonic() + 10
    while any(state(task) != "T" for task in pathlib.Path(f"/proc/{process}/task").iterdir()):
        if time.monotonic() > deadline:
            raise Failed("a hub does not stand still")
        time.sleep(0.001)


def state(task: pathlib.Path) -> str:
    """After the name, which may hold anything, in parentheses."""
    return (task / "stat").read_text().rpartition(")")[2].split()[0]


def frozen(setup: Setup) -> Row:
    """One takeover; the late results are fenced; each request in flight comes once more, and nothing else does."""
    settings = {"nodes.experimental": "true"} | setup.database()
    with setup.place(settings) as one:
        shared = one.settings | {"security.master_key_file": f"{one.folder}/state/master.key"}
        two = Place(one.folder / "two", one.receiver, shared | {"server.state_folder": f"{one.folder}/two/state"})
        with contextlib.closing(two):
            return freeze_and_thaw(setup, one, two)


def freeze_and_thaw(setup: Setup, one: Place, two: Place) -> Row:
    one.add_endpoint("/a")
    one.receiver.hold()
    # As many in flight, and as many that are leased and have not left.
    ids = {one.publish(f"held-{number}") for number in range(2 * PER_ENDPOINT)}
    one.receiver.wait("requests in flight", lambda: len(one.receiver.arrivals) == PER_ENDPOINT)
    with Load(one.address, one.token, "frozen") as its_load, Load(two.address, two.token, "other", threads=1) as load:
        # Under load, so that it may stand still in the middle of a transaction.
        its_load.wait_for("a load", lambda _: len(its_load.ids()) > 20)
        freeze(one.node.pid())
        frozen_at = time.monotonic()
        one.receiver.release()
        one.wait_received(ids | its_load.ids())
        recovery_ms = milliseconds_since(frozen_at)
        os.kill(one.node.pid(), signal.SIGCONT)
        wait_logged(one, LOST)
        so_far = len(its_load.ids())
        its_load.wait_for("publishing again", lambda _: len(its_load.ids()) > so_far + 20)
    for publishers in (its_load, load):
        publishers.expect_only(200, 201, 503)
    one.settle()
    fenced(one, ids)
    both = its_load.ids() | load.ids()
    found = one.judged(both | ids, PER_ENDPOINT, its_load.unanswered + load.unanswered)
    two.node.end()
    takeovers = two.logged(TOOK_OVER)
    if takeovers != 1:
        raise Failed(f"{takeovers} takeovers, expected one")
    if found.doubled != PER_ENDPOINT:
        raise Failed(f"{found.doubled} came again; the {PER_ENDPOINT} in flight should have")
    return Row("18 frozen and thawed", setup.backend, found, [recovery_ms], f"{one.logged(FENCED)} late results fenced")


def fenced(place: Place, ids: set[str]) -> None:
    """Of each delivery the attempt of one hub counts: that of the other was interrupted, and its late result is not in the store."""
    attempts = {delivery["event_id"]: place.attempts(delivery["id"]) for delivery in place.deliveries("delivered")}
    counted = {event_id: [each for each in attempts.get(event_id, []) if each["failure"] != "interrupted"] for event_id in ids}
    statuses = {event_id: [each["status"] for each in counted[event_id]] for event_id in ids}
    others = {event_id: found for event_id, found in statuses.items() if found != [204]}
    if others:
        raise Failed(f"deliveries that do not have one attempt that counts: {others}")
