"""Secrets are where they are shown and nowhere else.

A token, its hidden half and secrets of endpoints, given and made, some by a rotation, are driven into every position where a client could put
them: names and values of every query, every path, the headers, and in every body its fields, their types, and fields that nobody knows.
So are the passwords of an owner who uses the pages, the token of the setup, the cookies of the sessions, and a key that is made there.
Then the log at its loudest, the database with its write-ahead log, a backup, what is restored from it, the metrics, the command line
and every answer but those that show a secret are searched for them: as text, as the bytes behind the text, and in pieces of 16
characters. What must be in each of these places is searched for too, so that a search that finds nothing means something.

Left out: the caller's own texts, which the hub keeps and shows by contract, whatever they say. They are `label`, `owner`, `metadata`, `description`,
`external_id`, `payload`, a `url` that is one, types of events, of which any words will do, with their `sample` and `schema`, of a payment
its `reference`, `customer_name` and `gateway`, which is any word by OwnPay's contract, and `X-Request-Id`, of which the hub takes
letters and digits: a whole token is none, and is sent.
"""

import base64
import http.client
import json
import pathlib
import queue
import re
import urllib.parse
from collections.abc import Iterator

import hub
from canary_pages import EMAIL, LABEL, Owner
from hub import ROOT, Failed, Hub, temporary_folder
from receivers.silent import receiver
from visitor import Answer

GIVEN = "whsec_" + base64.b64encode(b"canary-of-an-endpoint-32-bytes-x").decode()
ROTATED = "whsec_" + base64.b64encode(b"canary-of-a-rotation-32-bytes-xy").decode()
# What a header of an endpoint says that is a secret.
HEADER = "Bearer canary-of-a-header-of-an-endpoint"
# The id of a secret that is not there: what is refused for other reasons says so first.
NO_SECRET = "whs_00000000000000000000000000"
PAYLOAD_MARK = "canary-payload-mark"
MARKED = {"event_type": "payment.completed", "payload": {"mark": PAYLOAD_MARK}}
PIECE = 16
# Fields that take the secret as a text, which is then the caller's own, or belongs there: `secret`.
TAKEN_AS_TEXT = {"label", "name", "owner", "description", "external_id", "event_type", "secret", "reference", "customer_name", "gateway"}
TAKEN_IN_LIST = {"event_types"}
TAKEN_IN_ALL = {"metadata", "payload", "sample", "schema"}

# What a place is called, and what it holds.
Places = list[tuple[str, bytes]]


class Answers:
    """Every request of the check, and what was answered to those that must not show a secret."""

    def __init__(self, node: Hub) -> None:
        address = urllib.parse.urlsplit(node.base)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        self.kept: Places = []
        self.request_id = ""

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes = b"", shows: bool = False) -> Answer:
        self.connection.request(method, target, body=body, headers=headers)
        got = self.connection.getresponse()
        self.request_id = got.getheader("x-request-id")
        answer = Answer(f"answer to {method} {target.split('?')[0]} ({got.status})", got.status, got.getheaders(), got.read())
        if answer.status == 400:
            # What is no HTTP ends the connection; the next request opens another.
            self.connection.close()
        if not shows:
            self.keep(answer)
        return answer

    def keep(self, answer: Answer, shown: str = "") -> None:
        """Has an answer searched, without what it was asked to show."""
        if shown.encode() not in answer.whole:
            raise Failed(f"{answer.place} does not show what it must")
        content = answer.whole.replace(shown.encode(), b"") if shown else answer.whole
        self.kept.append((f"{answer.place}, number {len(self.kept)}", content))


class Client:
    """Sends with a token."""

    def __init__(self, answers: Answers, token: str) -> None:
        self.answers = answers
        self.bearer = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def get(self, target: str, **more: str) -> Answer:
        return self.answers.send("GET", target, self.bearer | more)

    def post(self, path: str, body: dict, shows: bool = False, **more: str) -> dict:
        content = self.answers.send("POST", f"/api/hub/v1{path}", self.bearer | more, json.dumps(body).encode(), shows).content
        return json.loads(content) if content else {}


def written(text: str) -> list[bytes]:
    """A text, also as programs write one that is not to be read at a glance."""
    return [text.encode(), base64.b64encode(text.encode()), text.encode().hex().encode()]


def needles(token: str, secrets: list[str]) -> dict[str, list[bytes]]:
    """What is searched for: each secret as text, and as the bytes behind it."""
    hidden = token.split(".")[1]
    found = {"token": written(token), "secret of the token": [bytes.fromhex(hidden), hidden.upper().encode()]}
    for number, secret in enumerate(secrets):
        raw = base64.b64decode(secret.removeprefix("whsec_"))
        found[f"secret {number} of an endpoint"] = [raw, raw.hex().encode(), secret.encode()]
    return found


def needles_of_pages(owner: Owner) -> dict[str, list[bytes]]:
    """The same of what was typed and shown on the pages."""
    found = {name: written(text) for name, text in owner.texts.items()}
    for number, random in enumerate((owner.setup_token, *owner.sessions)):
        raw = base64.urlsafe_b64decode(random + "=")
        found[f"bytes of token {number} of the pages"] = [raw, raw.hex().encode()]
    return found | {f"{name} of a page": some for name, some in needles(owner.token, []).items()}


def use_pages(answers: Answers, node: Hub) -> Owner:
    """An owner sets the hub up, makes a key that works until it is locked, and signs out and in."""
    owner = Owner(answers, node.setup_token)
    owner.set_up()
    asks = Client(answers, owner.make_key())
    asks.get("/api/hub/v1/whoami").require(200)
    owner.lock_key()
    asks.get("/api/hub/v1/whoami").require(401)
    owner.change_password()
    owner.sign_out_and_in()
    return owner


def make(client: Client, port: int) -> tuple[dict[str, str], dict[str, str]]:
    """Asks for everything that shows a secret, once more for the same; an id of each noun, and the secrets that were made."""
    headers = [{"name": "Authorization", "value": HEADER}]
    endpoint = {"url": f"http://127.0.0.1:{port}/hook", "event_types": ["*"], "headers": headers}
    made = client.post("/endpoints", endpoint, shows=True, **{"Idempotency-Key": "canary-1"})
    client.post("/endpoints", endpoint, **{"Idempotency-Key": "canary-1"})
    client.post("/endpoints", endpoint | {"secret": GIVEN}, shows=True)
    # No Standard Webhooks secret, but one of OwnPay's: made, and shown.
    client.post("/endpoints", endpoint | {"secret": GIVEN[:-1]}, shows=True)
    secrets = f"/endpoints/{made['id']}/secrets"
    old = json.loads(client.get(f"/api/hub/v1{secrets}").content)["items"][0]["id"]
    rotated = client.post(secrets, {}, shows=True, **{"Idempotency-Key": "canary-3"})
    client.post(secrets, {}, **{"Idempotency-Key": "canary-3"})
    client.post(secrets, {"secret": ROTATED}, shows=True)
    client.post(f"{secrets}/{old}/retire", {})
    wanted = {"label": "Second", "scopes": ["keys:read"]}
    issued = client.post("/keys", wanted, shows=True, **{"Idempotency-Key": "canary-2"})
    client.post("/keys", wanted, **{"Idempotency-Key": "canary-2"})
    event = client.post("/events", MARKED)
    delivery = json.loads(client.get("/api/hub/v1/deliveries").content)["items"][0]
    ids = {"endpoints": made["id"], "keys": issued["id"], "events": event["id"], "deliveries": delivery["id"]}
    return ids, {"endpoint": made["secret"], "rotated": rotated["secret"], "token": issued["token"]}


def resolved(document: dict, part: dict) -> dict:
    while "$ref" in part:
        target = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = target
    return part


def operations(document: dict) -> Iterator[tuple[str, str, dict]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def into_paths_and_queries(client: Client, document: dict, ids: dict[str, str], secret: str) -> None:
    """Each path with the secret for its placeholder, and each query with it as a name and as a value."""
    text = urllib.parse.quote(secret, safe="")
    for target in (f"/{text}", f"/{text}/x", f"/api/hub/v1/{text}", f"/api/hub/v1/keys/{text}/lock/{text}"):
        client.get(target)
    for path, method, operation in operations(document):
        headers = client.bearer | {"if-match": "*"}
        if "{" in path:
            client.answers.send(method, re.sub(r"{\w+}", text, path), headers, b"{}")
        noun = path.split("/{")[0].rsplit("/", 1)[-1]
        there = path.replace("{id}", ids.get(noun, "x")).replace("{name}", "payment.completed")
        there = there.replace("{secret_id}", NO_SECRET).replace("{number}", "1")
        parameters = [resolved(document, parameter) for parameter in operation.get("parameters", [])]
        known = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
        queries = [text, f"{text}=1", f"key={text}", *(f"{name}={text}" for name in known)]
        for query in queries if method == "GET" else queries[:3]:
            client.answers.send(method, f"{there}?{query}", headers, b"{}")


def into_headers(answers: Answers, bearer: dict[str, str], secret: str) -> None:
    for headers in (
        {"authorization": f"Basic {secret}"},
        {"authorization": f"Bearer {secret}x"},
        {"authorization": f"Bearer  {secret} {secret}"},
        {"authorization": secret},
        {secret: "1"},
        bearer | {"if-match": f'"{secret}"', "if-none-match": f'"{secret}"'},
        bearer | {"cookie": f"session={secret}", "user-agent": secret, "referer": f"https://x/?key={secret}"},
        bearer | {"accept": secret, "accept-language": secret, "origin": secret, "traceparent": secret},
        bearer | {"x-forwarded-for": secret, "forwarded": f"for={secret}", "x-api-key": secret, "host": secret},
    ):
        answers.send("GET", "/api/hub/v1/whoami", headers)
    for headers in ({"content-type": secret}, {"content-encoding": secret}, {"expect": secret}):
        answers.send("POST", "/api/hub/v1/events", bearer | headers, b"{}")


def spoilt(schema: dict, example: dict, secret: str) -> Iterator[object]:
    """Bodies that are wrong in one place, where the secret stands."""
    yield from ([secret], secret, {secret: secret}, example | {secret: 1}, example | {"unknown": secret}, example | {"x": {secret: 1}})
    for name in schema.get("properties", {}).keys() - TAKEN_IN_ALL:
        if name not in TAKEN_AS_TEXT:
            yield example | {name: secret}
        if name not in TAKEN_IN_LIST:
            yield example | {name: [secret]}
        yield from (example | {name: {secret: secret}}, example | {name: [{secret: secret}]})


def into_bodies(client: Client, document: dict, ids: dict[str, str], secret: str) -> None:
    """Each body with the secret as a value and as a name; then what is no JSON, or says a thing twice."""
    event = {"event_type": "payment.completed", "payload": {}}
    for path, method, operation in operations(document):
        if "requestBody" not in operation:
            continue
        media = resolved(document, operation["requestBody"])["content"]["application/json"]
        noun = path.split("/{")[0].rsplit("/", 1)[-1]
        target = path.replace("{id}", ids.get(noun, "x")).replace("{secret_id}", NO_SECRET)
        bodies = list(spoilt(resolved(document, media["schema"]), media["example"], secret))
        if path.endswith("/batch"):
            bodies += [{"events": [event | {"event_type": [secret]}]}, {"events": [event | {secret: 1}]}]
        texts = [json.dumps(body) for body in bodies]
        texts += [f'{{"token": "{secret}', f'{{"token": "{secret}", "token": "{secret}"}}', f'{{"{secret}', secret]
        for text in texts:
            client.answers.send(method, target, client.bearer | {"if-match": "*"}, text.encode())


def drive(client: Client, ids: dict[str, str], secrets: list[str]) -> None:
    """Puts the secrets wherever a client could."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    for secret in secrets:
        client.post("/events", {"event_type": "payment.completed", "payload": 1}, **{"Idempotency-Key": secret})
        client.post("/keys/verify", {"token": secret, "scopes": ["nothing"]})
        into_headers(client.answers, client.bearer, secret)
        into_bodies(client, document, ids, secret)
        into_paths_and_queries(client, document, ids, secret)
    for path in ("keys", "endpoints", "events", "deliveries", "event-types", "audit", "limits", "workspaces"):
        client.get(f"/api/hub/v1/{path}")
    for noun, entry in ids.items():
        client.get(f"/api/hub/v1/{noun}/{entry}")
    client.get(f"/api/hub/v1/deliveries/{ids['deliveries']}/attempts")
    client.get(f"/api/hub/v1/deliveries/{ids['deliveries']}/attempts/1")
    client.get(f"/api/hub/v1/events/{ids['events']}/outcomes")
    client.get(f"/api/hub/v1/endpoints/{ids['endpoints']}/secrets")


def holds(content: bytes, secret: bytes) -> bool:
    """Whether 16 characters of a secret stand there in a row. Such a run has one of its eights in it, wherever it begins: looking for
    those first is eight times as quick."""
    eights = (secret[at : at + PIECE // 2] for at in range(0, len(secret) - PIECE // 2 + 1, PIECE // 2))
    runs = (secret[at : at + PIECE] for at in range(max(1, len(secret) - PIECE + 1)))
    return any(eight in content for eight in eights) and any(run in content for run in runs)


def prove(wanted: dict[str, list[bytes]]) -> None:
    """A part of each secret would be found, wherever it begins: else that none is found would mean nothing."""
    for name, some in wanted.items():
        for one in some:
            for at in range(max(1, len(one) - PIECE + 1)):
                if not holds(b"before" + one[at : at + PIECE] + b"after", one):
                    raise Failed(f"the search does not find a part of {name}")


def search(places: Places, wanted: dict[str, list[bytes]]) -> list[str]:
    sought = [(name, one) for name, some in wanted.items() for one in some]
    return sorted({f"{name} is in {place}" for place, content in places for name, one in sought if holds(content, one)})


def files(folder: pathlib.Path) -> Places:
    return [(str(path.relative_to(folder)), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


def require(places: Places, must_be_found: list[tuple[str, bytes]]) -> None:
    """Each place is there and holds what it must: a search of nothing finds nothing."""
    contents = dict(places)
    for place, needle in must_be_found:
        if place not in contents:
            raise Failed(f"{place} was not searched: it is not there")
        if needle not in contents[place]:
            raise Failed(f"the search does not find {needle!r} in {place}, where it must be")


def collect(base: pathlib.Path, port: int, arrivals: queue.Queue) -> tuple[Places, dict[str, list[bytes]], list[tuple[str, bytes]]]:
    """The places to search, what must be in none of them, and what must be in each."""
    log, archive, passphrase = base / "log", base / "backup", base / "passphrase"
    settings = {"log.filter": "trace", "metrics.listen": "127.0.0.1:0", "limits.exempt_networks": "127.0.0.0/8"}
    with Hub(f"{base}/data", settings=settings, log=log) as node:
        token = node.issue_key()
        answers = Answers(node)
        client = Client(answers, token)
        ids, made = make(client, port)
        for _ in range(3):
            arrivals.get(timeout=60)
        client.get("/api/hub/v1/whoami", **{"x-request-id": token})
        owner = use_pages(answers, node)
        drive(client, ids, [token, token.split(".")[1], GIVEN, ROTATED, made["endpoint"], made["token"], *owner.misplaced])
        owner.misplace()
        client.post(f"/keys/{ids['keys']}/revoke", {})
        Client(answers, made["token"]).get("/api/hub/v1/whoami")
        # Once more at the end: the write-ahead log may have been begun anew since the first.
        client.post("/events", MARKED)
        passphrase.write_text("a passphrase for the check\n")
        passphrase.chmod(0o600)
        node.command("backup", str(archive), "--passphrase-file", str(passphrase))
        node.command("restore", str(archive), "--into", f"{base}/restored", "--passphrase-file", str(passphrase))
        printed = "".join(node.command(*words) for words in (("check",), ("keys", "list"), ("operators", "list")))
        # While the hub runs: its write-ahead log is there.
        places = files(base) + answers.kept
        greeting = node.greeting.replace(owner.setup_token, "", 1)
        places += [("the metrics", node.metrics()), ("the command line", printed.encode()), ("the greeting", greeting.encode())]
        node.end()
    places += [(f"{name} of the hub that has ended", content) for name, content in files(base / "data") + [("log", log.read_bytes())]]
    second = {f"{name} of another key": some for name, some in needles(made["token"], []).items()}
    second |= {"a header of an endpoint": written(HEADER)}
    prefix, mark = token.split(".")[0].removeprefix("op_").encode(), PAYLOAD_MARK.encode()
    must_be_found = [
        ("log of the hub that has ended", answers.request_id.encode()),
        ("data/hub.db", b"CREATE TABLE"),
        ("data/hub.db-wal", mark),
        *(("hub.db of the hub that has ended", needle) for needle in (mark, EMAIL.encode(), LABEL.encode())),
        *(("restored/hub.db", needle) for needle in (mark, EMAIL.encode(), LABEL.encode())),
        ("backup", b""),
        ("the metrics", b"devhub_http_requests_total"),
        *(("the command line", needle) for needle in (prefix, EMAIL.encode())),
        ("the greeting", b"/admin/setup#"),
    ]
    return places, needles(token, [GIVEN, ROTATED, made["endpoint"], made["rotated"]]) | second | needles_of_pages(owner), must_be_found


def check() -> None:
    with temporary_folder() as folder, receiver() as (port, arrivals):
        places, wanted, must_be_found = collect(pathlib.Path(folder), port, arrivals)
    require(places, must_be_found)
    prove(wanted)
    if not dict(places)["backup"]:
        raise Failed("the backup is empty")
    # Who administers a hub is no secret to its people, and no matter for whoever reads its log.
    logs = [(place, content) for place, content in places if place.startswith("log") or place == "the metrics"]
    if leaks := search(places, wanted) + search(logs, {"the mail address of an operator": [EMAIL.encode()]}):
        raise Failed("; ".join(leaks))
    size = sum(len(content) for _, content in places)
    answers = sum(place.startswith("answer ") for place, _ in places)
    print(f"searched {len(places)} places, {size:,} bytes, {answers} answers among them: no secret")


hub.main(check)
