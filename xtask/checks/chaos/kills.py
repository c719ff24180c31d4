"""The hub ends, suddenly or as it is asked to.

Case 1: `kill -9` before a request is sent, and after it was sent and before its result is stored. Case 2: SIGTERM under load.
"""

import random
import time

from hub import Failed

from chaos.load import Load
from chaos.place import PER_ENDPOINT, UNDER_WAY_MAX, Place, Row, milliseconds_since
from chaos.setup import Setup

ENDPOINTS = ("/a", "/b")
# How long a hub lives before it is killed: from its first requests to a steady load.
LIFE_S = (0.05, 0.5)
# Receivers take this long, so that there is always something in flight to be cut off or to be waited for.
ANSWER_S = 0.02
# What an orderly end may take: the grace of the hub, `server.shutdown_grace_s`.
GRACE_S = 30


def killed_at_random(setup: Setup) -> Row:
    """Case 1: killed again and again under load."""
    chance = random.Random(setup.seed)
    with setup.place() as place:
        for path in ENDPOINTS:
            place.add_endpoint(path)
            place.receiver.delay(path, ANSWER_S)
        recovery_ms = []
        with Load(place.address, place.token, "killed") as load:
            for _ in range(setup.rounds):
                time.sleep(chance.uniform(*LIFE_S))
                place.node.kill()
                known, begin = load.ids(), time.monotonic()
                place.started()
                if setup.recovers_at_once:
                    place.wait_received(known)
                    recovery_ms.append(milliseconds_since(begin))
            last_begin = begin
            load.wait_for("publishing again", lambda _: len(load.ids()) > len(known) + 20)
        if not setup.recovers_at_once:
            place.wait_received(known)
            recovery_ms.append(milliseconds_since(last_begin))
        load.expect_only(200, 201)
        faults = setup.rounds * UNDER_WAY_MAX * len(ENDPOINTS)
        found = place.judged(load.ids(), faults, load.unanswered)
    return Row("1 kill -9 at random", setup.backend, found, recovery_ms, f"{setup.rounds} kills, seed {setup.seed}")


def killed_while_sending(setup: Setup) -> Row:
    """Case 1: killed when some requests have arrived and none is answered, and others have not left yet."""
    recovery_ms, ids = [], set()
    # Each recovery on PostgreSQL is ten seconds of silence.
    rounds = setup.rounds if setup.recovers_at_once else max(1, setup.rounds // 20)
    with setup.place() as place:
        place.add_endpoint("/a")
        for number in range(rounds):
            place.receiver.hold()
            before = len(place.receiver.so_far())
            ids |= {place.publish(f"held-{number}-{order}") for order in range(3 * PER_ENDPOINT)}
            place.receiver.wait("requests in flight", lambda: len(place.receiver.arrivals) == before + PER_ENDPOINT)
            place.node.kill()
            place.receiver.release()
            begin = time.monotonic()
            place.started()
            place.wait_received(ids)
            recovery_ms.append(milliseconds_since(begin))
        found = place.judged(ids, rounds * PER_ENDPOINT)
    if found.doubled != rounds * PER_ENDPOINT:
        raise Failed(f"{found.doubled} came again; the {PER_ENDPOINT} that were cut off each time should have")
    return Row("1 kill -9 while sending", setup.backend, found, recovery_ms, f"{rounds} kills with {PER_ENDPOINT} in flight")


def ended_under_load(setup: Setup) -> Row:
    """Case 2: SIGTERM lets what has left come to its end, so that nothing is lost and nothing doubled."""
    recovery_ms, slowest = [], 0.0
    rounds = min(setup.rounds, 10)
    with setup.place() as place:
        for path in ENDPOINTS:
            place.add_endpoint(path)
            place.receiver.delay(path, ANSWER_S)
        with Load(place.address, place.token, "ended") as load:
            for _ in range(rounds):
                so_far = len(load.ids())
                load.wait_for("a load", lambda _, so_far=so_far: len(load.ids()) > so_far + 20)
                begin = time.monotonic()
                place.node.end()
                slowest = max(slowest, time.monotonic() - begin)
                known, begin = load.ids(), time.monotonic()
                place.started()
                place.wait_received(known)
                recovery_ms.append(milliseconds_since(begin))
        load.expect_only(200, 201, 503)
        found = place.judged(load.ids(), 0, load.unanswered)
    if slowest > GRACE_S:
        raise Failed(f"an orderly end took {slowest:.1f} s, more than the grace")
    return Row("2 SIGTERM under load", setup.backend, found, recovery_ms, f"{rounds} ends, the slowest {slowest:.1f} s")
