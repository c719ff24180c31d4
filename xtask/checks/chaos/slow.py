"""Case 4: one receiver takes 14 seconds, many are fast."""

import math
import time

from hub import Failed

from chaos.load import Load
from chaos.place import PER_ENDPOINT, Place, Row
from chaos.receiver import Arrival
from chaos.setup import Setup
from chaos.verdict import Expected, judge

FAST = tuple(f"/fast-{number}" for number in range(10))
SLOW = "/slow"
# Longer than a hub waits for an answer.
SLOW_S = 14
PAUSE_S = 0.1
# So many rounds are a measurement; fewer only say that nothing is badly wrong.
ROUNDS_MEASURED = 10


def dearest_ms(before_ms: float, rounds: int) -> float:
    """What a slow neighbour may let the p99 of the fast ones come to."""
    if rounds >= ROUNDS_MEASURED:
        # Twice is the promise; the floor is for a baseline of a few milliseconds, where a timer is most of it.
        return 2 * before_ms + 50
    # A loaded machine and a short measurement need some room; a hub that lets the slow one hold others up would cost them seconds.
    return 10 * before_ms + 2_000


def p99_ms(asked_at: dict[str, float], arrivals: list[Arrival], paths: tuple[str, ...]) -> float:
    """From the first request that published an event to its arrival."""
    times = sorted(a.at - asked_at[a.id] for a in arrivals if a.path in paths and a.id in asked_at)
    if not times:
        raise Failed("nothing was measured")
    return 1000 * times[math.ceil(0.99 * len(times)) - 1]


def published(place: Place, name: str, seconds: float) -> dict[str, float]:
    with Load(place.address, place.token, name, threads=2, pause_s=PAUSE_S) as load:
        time.sleep(seconds)
    place.receiver.wait_for_all({(path, event_id) for path in FAST for event_id in load.accepted})
    return load.accepted


def slow_receiver(setup: Setup) -> Row:
    """The slow one gets its share and no more, and the fast ones do not feel it."""
    # For so long without the slow one, and as long with it.
    seconds = 10 if setup.rounds >= ROUNDS_MEASURED else 2
    with setup.place() as place:
        place.receiver.delay(SLOW, SLOW_S)
        for path in FAST:
            place.add_endpoint(path)
        alone = published(place, "alone", seconds)
        place.add_endpoint(SLOW)
        beside = published(place, "beside", seconds)
        arrivals = place.receiver.so_far()
        place.node.kill()
    found = judge(Expected(alone.keys() | beside.keys(), list(FAST)), arrivals)
    share = max(arrival.open for arrival in arrivals if arrival.path == SLOW)
    if share != PER_ENDPOINT:
        raise Failed(f"the slow receiver had {share} requests at once, its share is {PER_ENDPOINT}")
    before, after = p99_ms(alone, arrivals, FAST), p99_ms(beside, arrivals, FAST)
    if after > dearest_ms(before, setup.rounds):
        raise Failed(f"p99 of the fast was {before:.0f} ms alone, and {after:.0f} ms beside a slow one")
    remark = f"p99 of {len(FAST)} fast: {before:.0f} ms alone, {after:.0f} ms beside a slow one with {share} at once"
    return Row("4 slow receiver", setup.backend, found, [], remark)
