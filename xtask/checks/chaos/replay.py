"""Case 19: much is resent while other events go on being published."""

import collections
import time

from hub import Failed

from chaos.load import Load
from chaos.place import UNDER_WAY_MAX, Place, Row, milliseconds_since
from chaos.receiver import Arrival
from chaos.setup import Setup
from chaos.slow import PAUSE_S, ROUNDS_MEASURED, dearest_ms, p99_ms
from chaos.verdict import Expected, judge

LIVE, REPLAYED = "/live", "/replayed"
# What is replayed where there is time for it, and where it must only be shown to work.
COUNT_MEASURED, COUNT = 50_000, 1_000
# Events of one call.
BATCH = 100
JOBS = "/api/hub/v1/deliveries/resends"
# What the receiver of the replay takes for each, so that the hub is killed in its middle: eight at once are 160 a second.
SLOWED_S = 0.05
# For a replay of all, at a few hundred a second on a busy machine.
REPLAY_S_MAX = 900


def ask(place: Place, method: str, path: str, body: object, status: int) -> dict:
    """One request that has to be answered so."""
    found, answer = place.node.call(method, path, place.token, body)
    if found != status:
        raise Failed(f"{method} {path} was answered {found}: {answer}")
    return answer


def add_endpoint(place: Place, path: str, event_type: str) -> str:
    """An endpoint that wants one type; its id."""
    endpoint = place.receiver.endpoint(path) | {"event_types": [event_type]}
    made = ask(place, "POST", "/api/hub/v1/endpoints", endpoint, 201)
    place.path_of[made["id"]] = path
    return made["id"]


def with_history(place: Place, count: int) -> set[str]:
    """Publishes what is replayed later, and waits until it has arrived."""
    ids = set()
    for start in range(0, count, BATCH):
        events = [{"event_type": "refund.created", "payload": {"order": number}} for number in range(start, start + BATCH)]
        answer = ask(place, "POST", "/api/hub/v1/events/batch", {"events": events}, 200)
        ids |= {item["id"] for item in answer["items"]}
    wait("everything once", lambda: ids <= times_of(place.receiver.so_far()).keys())
    return ids


def wait(what: str, holds) -> None:
    """Asked from time to time and not with every arrival: there are many."""
    deadline = time.monotonic() + REPLAY_S_MAX
    while not holds():
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {REPLAY_S_MAX} s")
        time.sleep(0.2)


def wait_job(place: Place, job: str, what: str, holds) -> dict:
    found = {}

    def look() -> bool:
        found.update(ask(place, "GET", f"{JOBS}/{job}", None, 200))
        return holds(found)

    wait(what, look)
    return found


def live_p99_ms(place: Place, asked_at: dict[str, float]) -> float:
    """From the request that published an event to its arrival."""
    place.receiver.wait_for_all({(LIVE, event_id) for event_id in asked_at})
    return p99_ms(asked_at, place.receiver.so_far(), (LIVE,))


def replayed(setup: Setup) -> Row:
    """A job resends each delivery once: paused, resumed, and across a `kill -9`. Those who publish meanwhile do not feel it."""
    is_measured = setup.rounds >= ROUNDS_MEASURED
    count = COUNT_MEASURED if is_measured else COUNT
    with setup.place() as place:
        add_endpoint(place, LIVE, "payment.completed")
        endpoint = add_endpoint(place, REPLAYED, "refund.created")
        ids = with_history(place, count)
        with Load(place.address, place.token, "alone", threads=2, pause_s=PAUSE_S) as alone:
            time.sleep(10 if is_measured else 2)
        alone_ms = live_p99_ms(place, alone.accepted)
        job = ask(place, "POST", JOBS, {"filter": {"endpoint_id": endpoint, "state": "delivered"}}, 202)["id"]
        with Load(place.address, place.token, "beside", threads=2, pause_s=PAUSE_S) as beside:
            wait_job(place, job, "a quarter", lambda found: found["resent"] >= count // 4)
            paused = ask(place, "POST", f"{JOBS}/{job}/pause", None, 200)["resent"]
            time.sleep(1)
            if ask(place, "GET", f"{JOBS}/{job}", None, 200)["resent"] != paused:
                raise Failed("a paused job goes on")
            place.receiver.delay(REPLAYED, SLOWED_S)
            ask(place, "POST", f"{JOBS}/{job}/resume", None, 200)
            wait_job(place, job, "a half", lambda found: found["resent"] >= count // 2)
            # Of what was published until now: what comes while the hub is down waits for its start.
            beside_ms = live_p99_ms(place, beside.accepted_so_far())
            cut = ask(place, "GET", f"{JOBS}/{job}", None, 200)
            if cut["state"] != "running" or cut["resent"] >= count:
                raise Failed(f"there is nothing left to be cut off: {cut}")
            place.node.kill()
            place.started()
            place.receiver.delay(REPLAYED, 0)
            begin = time.monotonic()
            done = wait_job(place, job, "the whole", lambda found: found["state"] != "running")
        # What was in flight to both when the hub was killed comes once more.
        twice = collections.Counter({event_id: 2 for event_id in ids})
        place.settle()
        wait("everything twice", lambda: not twice - times_of(place.receiver.so_far()))
        recovery_ms = milliseconds_since(begin)
        place.node.end()
        arrivals = place.receiver.so_far()
    if (done["state"], done["resent"]) != ("done", count):
        raise Failed(f"{count} were to be resent, the job says {done}")
    found = judge(Expected(ids, [REPLAYED], count + UNDER_WAY_MAX), arrivals_of(arrivals, REPLAYED))
    live = Expected(alone.ids() | beside.ids(), [LIVE], UNDER_WAY_MAX, beside.unanswered)
    judge(live, arrivals_of(arrivals, LIVE))
    if beside_ms > dearest_ms(alone_ms, setup.rounds):
        raise Failed(f"p99 of live events was {alone_ms:.0f} ms alone, and {beside_ms:.0f} ms beside a replay")
    remark = f"{count} resent, {cut['resent']} of them before the kill; p99 of live events: {alone_ms:.0f} ms alone, {beside_ms:.0f} ms beside"
    return Row("19 replay", setup.backend, found, [recovery_ms], remark)


def times_of(arrivals: list[Arrival]) -> collections.Counter:
    return collections.Counter(arrival.id for arrival in arrivals_of(arrivals, REPLAYED))


def arrivals_of(arrivals: list[Arrival], path: str) -> list[Arrival]:
    return [arrival for arrival in arrivals if arrival.path == path]
