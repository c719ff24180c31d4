"""Case 4 with two workspaces: all receivers of one are slow, and the other does not feel it."""

import json
import time

from hub import ALL_SCOPES, Failed

from chaos.load import Load
from chaos.place import Place, Row
from chaos.setup import Setup
from chaos.slow import PAUSE_S, ROUNDS_MEASURED, SLOW_S, dearest_ms, p99_ms
from chaos.verdict import Expected, judge

FAST = "/fast"
# With eight requests at once to each, more than all that a hub has in flight.
SLOW = tuple(f"/slow-{number}" for number in range(80))
IN_FLIGHT_MAX = 512
# What one workspace gets of it while it is the only one that wants all.
SHARE = IN_FLIGHT_MAX // 4 * 3
# Less than a hub waits for an answer: until then nobody who is slow has given anything back.
UNTIL_S = 8
# Events for each slow receiver: more than there is room for.
EACH = 20
NEIGHBOUR = "Neighbour"


def neighbour(place: Place, setup: Setup) -> str:
    """A key of a second workspace. Nothing makes one from outside yet: a key is moved while no hub runs."""
    issued = place.node.command("keys", "issue", "--label", NEIGHBOUR, "--scope", ALL_SCOPES, "--json")
    place.node.end()
    workspace = f"(SELECT id FROM workspaces WHERE name = '{NEIGHBOUR}')"
    setup.run(
        place,
        # The id of its key is as good as any.
        f"INSERT INTO workspaces (id, name, status, created_at_us) SELECT id, label, 'active', 1 FROM api_keys "
        f"WHERE label = '{NEIGHBOUR}'",
        f"UPDATE api_keys SET workspace_id = {workspace} WHERE label = '{NEIGHBOUR}'",
    )
    place.started()
    return json.loads(issued)["token"]


def add_endpoint(place: Place, token: str, path: str) -> None:
    status, answer = place.node.call("POST", "/api/hub/v1/endpoints", token, place.receiver.endpoint(path))
    if status != 201:
        raise Failed(f"an endpoint was answered {status}: {answer}")


def published(place: Place, token: str, name: str, seconds: float) -> dict[str, float]:
    with Load(place.address, token, name, threads=2, pause_s=PAUSE_S) as load:
        time.sleep(seconds)
    place.receiver.wait_for_all({(FAST, event_id) for event_id in load.accepted})
    return load.accepted


def slow_workspace(setup: Setup) -> Row:
    """A workspace with slow receivers alone gets its share and no more, and its neighbour's events go at once."""
    seconds = 5 if setup.rounds >= ROUNDS_MEASURED else 2
    with setup.place() as place:
        other = neighbour(place, setup)
        add_endpoint(place, other, FAST)
        for path in SLOW:
            place.receiver.delay(path, SLOW_S)
            place.add_endpoint(path)
        # A start looks at once whether workspaces share; a hub that runs, once in a while.
        place.node.end()
        place.started()
        alone = published(place, other, "alone", seconds)
        events = [{"event_type": "payment.completed", "payload": {"order": number}} for number in range(EACH)]
        status, answer = place.node.call("POST", "/api/hub/v1/events/batch", place.token, {"events": events})
        if status != 200:
            raise Failed(f"publishing was answered {status}: {answer}")
        place.receiver.wait("half of a share", lambda: len(slow_ones(place)) > SHARE // 2)
        beside = published(place, other, "beside", seconds)
        arrivals, slow = place.receiver.so_far(), slow_ones(place)
        place.node.kill()
    found = judge(Expected(alone.keys() | beside.keys(), [FAST]), [a for a in arrivals if a.path == FAST])
    at_once = sum(at < min(slow) + UNTIL_S for at in slow)
    if at_once > SHARE:
        raise Failed(f"a workspace had {at_once} requests at once, its share is {SHARE}")
    before, after = p99_ms(alone, arrivals, (FAST,)), p99_ms(beside, arrivals, (FAST,))
    if after > dearest_ms(before, setup.rounds):
        raise Failed(f"p99 of a workspace was {before:.0f} ms alone, and {after:.0f} ms beside a slow one")
    remark = f"p99 of a workspace: {before:.0f} ms alone, {after:.0f} ms beside one with {at_once} slow requests at once"
    return Row("4 slow workspace", setup.backend, found, [], remark)


def slow_ones(place: Place) -> list[float]:
    """When requests to slow receivers arrived."""
    return [arrival.at for arrival in place.receiver.so_far() if arrival.path in SLOW]
