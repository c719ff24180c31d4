"""Case 3: the database is away for a while, under load."""

import dataclasses
import time

from hub import Failed

from chaos.cluster import cluster
from chaos.load import Load
from chaos.place import UNDER_WAY_MAX, Place, Row, milliseconds_since
from chaos.setup import Setup

ENDPOINTS = ("/a", "/b")
# What the loops of a hub may add to its log in a second, besides what each request adds: whoever does not back off adds far more.
LINES_PER_SECOND_MAX = 10
OF_REQUESTS = "devhub_web::"


def of_loops(place: Place) -> list[dict]:
    return [line for line in place.log_lines() if not line["target"].startswith(OF_REQUESTS)]


def database_away(setup: Setup) -> Row:
    """No 2xx while there is no store; 503 says when to come back; all goes on by itself."""
    # A cluster of its own: other scenarios may be running on the common one.
    with cluster() as server:
        return stopped_and_started(dataclasses.replace(setup, cluster=server))


def stopped_and_started(setup: Setup) -> Row:
    with setup.place() as place:
        for path in ENDPOINTS:
            place.add_endpoint(path)
        with Load(place.address, place.token, "away") as load:
            load.wait_for("a load", lambda _: len(load.ids()) > 150)
            lines_before = len(of_loops(place))
            setup.cluster.stop()
            gone_at = time.monotonic()
            time.sleep(setup.outage_s)
            back_at = time.monotonic()
            lines = len(of_loops(place)) - lines_before
            known = load.ids()
            setup.cluster.start()
            ready_at = time.monotonic()
            load.wait_for("publishing again", lambda answers: answers[-1].asked_at > ready_at and answers[-1].status == 201)
            accepted_ms = milliseconds_since(ready_at)
            place.wait_received(known)
            received_ms = milliseconds_since(ready_at)
        load.expect_only(200, 201, 503)
        found = place.judged(load.ids(), UNDER_WAY_MAX * len(ENDPOINTS), load.unanswered)
    during = [answer.status for answer in load.answers if gone_at <= answer.asked_at and answer.answered_at <= back_at]
    if set(during) != {503}:
        raise Failed(f"without a database publishing was answered with {sorted(set(during))}")
    if lines > LINES_PER_SECOND_MAX * setup.outage_s:
        raise Failed(f"{lines} lines in the log for {setup.outage_s} s without a database: some loop does not back off")
    remark = f"{setup.outage_s} s: {len(during)} times 503, {lines} lines logged; accepted again after {accepted_ms} ms"
    return Row("3 database away", setup.backend, found, [received_ms], remark)
