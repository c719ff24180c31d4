"""A client that follows the rules of OwnPay's SDKs backs off on our 429 and gets through.

The rules, from the wire contract: a request is tried at most three times; on 429 the client waits for the number `retry_after` of the
body, and one that reads headers for `Retry-After`; both must be the same whole seconds, at least 1, and true: the next try passes. A
client that does not wait is refused again, and its refusals cost it nothing. Waits are real seconds here, of a policy that gives one
request back each second.
"""

import json
import time
import urllib.error
import urllib.request

import hub
from hub import Failed, Hub, temporary_folder

TRIES_MAX = 3
PATH = "/api/hub/v1/whoami"
POLICIES = "/api/hub/v1/limits/policies"


def ask(node: Hub, token: str) -> tuple[int, dict, dict]:
    request = urllib.request.Request(node.base + PATH, headers={"authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.load(error)


def wait_told(headers: dict, body: dict) -> int:
    """What a refused client is told, in both places that clients read."""
    told = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    if not told.isdigit() or int(told) < 1:
        raise Failed(f"Retry-After is {told!r}, not whole seconds of at least 1")
    if body.get("retry_after") != int(told):
        raise Failed(f"the body says retry_after {body.get('retry_after')!r}, the header {told}")
    if body.get("code") != "rate_limited":
        raise Failed(f"a refused request has the code {body.get('code')!r}")
    return int(told)


def patient(node: Hub, token: str) -> int:
    """Asks as the SDKs do; how often it had to try."""
    for number in range(1, TRIES_MAX + 1):
        status, headers, body = ask(node, token)
        if status == 200:
            return number
        if status != 429:
            raise Failed(f"{PATH} answered {status}: {body}")
        time.sleep(wait_told(headers, body))
    raise Failed(f"a client that waited as it was told was refused {TRIES_MAX} times")


def impatient(node: Hub, token: str, times: int) -> int:
    """Asks at once, again and again; how often it was refused."""
    return sum(ask(node, token)[0] == 429 for _ in range(times))


def check() -> None:
    with temporary_folder() as folder, Hub(f"{folder}/data") as node:
        admin, token = node.issue_key(), node.issue_key("read")
        policy = {"name": "slow", "limit": 1, "window_s": 1, "burst": 3, "path": PATH}
        status, answer = node.call("POST", POLICIES, admin, policy)
        if status != 201:
            raise Failed(f"POST {POLICIES} answered {status}: {answer}")
        refused = impatient(node, token, 20)
        # Three pass at once and hardly any in the moment that this takes.
        if refused < 10:
            raise Failed(f"of 20 requests at once {refused} were refused by a burst of 3")
        tries = [patient(node, token) for _ in range(4)]
        if tries[0] != 2 or max(tries) > 2:
            raise Failed(f"clients that wait as they are told needed {tries} tries")
        counts = node.call("GET", f"{POLICIES}/{answer['id']}/counts", admin)[1]
        if counts["refused"] < refused or counts["allowed"] < 7:
            raise Failed(f"the policy has counted {counts}")
        print(f"{refused} of 20 refused at once; waiting as told, {tries} tries; counted: {counts}")


hub.main(check)
