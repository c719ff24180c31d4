"""What is asked for many times at once happens once: on SQLite and on PostgreSQL, through real sockets.

Case 14 of the webhooks. Eight requests under one idempotency key have one effect and eight equal answers. A hundred with one event id
make one event, and 99 are told that it was there. Either event has one delivery, and its receiver hears of it once. The same with
another body is refused. A secret is shown once.
"""

import concurrent.futures
import os
import queue
import subprocess
import urllib.parse

from hub import Failed, Hub, main, temporary_folder
from receivers.silent import receiver

EVENT = {"event_type": "payment.completed", "payload": {"amount": "10.00"}}


def at_once(count: int, ask) -> list[tuple[int, dict]]:
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask, range(count)))


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Failed(f"{what}: {found}, expected {wanted}")


def count(node: Hub, token: str, path: str) -> int:
    return len(node.call("GET", f"/api/hub/v1/{path}", token)[1]["items"])


def eight_requests_under_one_key(node: Hub, token: str) -> str:
    once = {"idempotency-key": "order-1"}
    answers = at_once(8, lambda _: node.call("POST", "/api/hub/v1/events", token, EVENT, once))
    expect("answers that differ from the first", sum(answer != answers[0] for answer in answers), 0)
    expect("status", answers[0][0], 201)
    expect("events", count(node, token, "events"), 1)
    other = EVENT | {"payload": {"amount": "11.00"}}
    status, answer = node.call("POST", "/api/hub/v1/events", token, other, once)
    expect("another body under the same key", (status, answer["code"]), (422, "idempotency_key_reused"))
    return answers[0][1]["id"]


def a_hundred_with_one_event_id(node: Hub, token: str) -> str:
    event = EVENT | {"external_id": "order-2"}
    answers = at_once(100, lambda _: node.call("POST", "/api/hub/v1/events", token, event))
    expect("created", sum(status == 201 for status, _ in answers), 1)
    expect("marked duplicate", sum(status == 200 and answer["duplicate"] for status, answer in answers), 99)
    expect("ids", len({answer["id"] for _, answer in answers}), 1)
    expect("events", count(node, token, "events?external_id=order-2"), 1)
    status, answer = node.call("POST", "/api/hub/v1/events", token, event | {"event_type": "payment.failed"})
    expect("the same id with another type", (status, answer["code"]), (409, "external_id_reused"))
    return answers[0][1]["id"]


def each_arrives_once(node: Hub, token: str, event_ids: list[str], arrivals: queue.Queue) -> None:
    """One delivery of each and one arrival of each, and nothing besides. Ends the hub, so that what is under way has arrived too."""
    heard = [arrivals.get(timeout=60) for _ in event_ids]
    for event_id in event_ids:
        expect(f"deliveries of {event_id}", count(node, token, f"deliveries?event_id={event_id}"), 1)
    expect("deliveries", count(node, token, "deliveries"), len(event_ids))
    node.end()
    while not arrivals.empty():
        heard.append(arrivals.get())
    expect("arrivals", sorted(heard), sorted(event_ids))


def a_secret_is_shown_once(node: Hub, token: str) -> None:
    wanted = {"label": "Once", "scopes": ["keys:read"]}
    answers = at_once(8, lambda _: node.call("POST", "/api/hub/v1/keys", token, wanted, {"idempotency-key": "key-1"}))
    expect("status", {status for status, _ in answers}, {201})
    expect("keys", len({answer["id"] for _, answer in answers}), 1)
    expect("tokens shown", sum(answer["token"] is not None for _, answer in answers), 1)
    expect("told that it was shown", sum(answer["already_shown"] for _, answer in answers), 7)


def databases(folder: str):
    """Settings of a hub on each database."""
    yield "SQLite", {}
    cluster = os.environ["DEVHUB_TEST_POSTGRES_URL"]
    for statement in ("DROP DATABASE IF EXISTS devhub_check_once", "CREATE DATABASE devhub_check_once"):
        subprocess.run(["psql", cluster, "--quiet", "--command", statement], check=True)
    url = urllib.parse.urlsplit(cluster)._replace(path="/devhub_check_once").geturl()
    yield "PostgreSQL", {"database.url": url, "server.state_folder": f"{folder}/state"}


def check() -> None:
    with temporary_folder() as folder, receiver() as (port, arrivals):
        for name, settings in databases(folder):
            settings = settings | {"limits.exempt_networks": "127.0.0.0/8"}
            with Hub(f"{folder}/data", settings=settings) as node:
                token = node.issue_key()
                endpoint = {"url": f"http://127.0.0.1:{port}/hook", "event_types": ["*"]}
                expect("an endpoint", node.call("POST", "/api/hub/v1/endpoints", token, endpoint)[0], 201)
                event_ids = [eight_requests_under_one_key(node, token), a_hundred_with_one_event_id(node, token)]
                a_secret_is_shown_once(node, token)
                each_arrives_once(node, token, event_ids, arrivals)
            print(f"{name}: once, however often it was asked for")


main(check)
