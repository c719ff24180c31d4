"""Secrets are where they are shown and nowhere else.

A token and two secrets of endpoints, one given and one made, are driven through every path on which a client could put them. Then the
log at its loudest, the database with its write-ahead log, a backup, what is restored from it, the metrics and every answer but those
that show a secret are searched for them: as text, as the bytes behind the text, and in pieces. What must be found is searched for too,
so that a search that finds nothing means something.
"""

import base64
import http.client
import json
import pathlib
import urllib.parse

import hub
from hub import Failed, Hub, read_line, temporary_folder
from receivers.silent import receiver

GIVEN = "whsec_" + base64.b64encode(b"canary secret of an endpoint, 32").decode()
PAYLOAD_MARK = "canary-payload-mark"
PIECE = 16


class Answers:
    """Every request of the check, and what was answered to those that must not show a secret."""

    def __init__(self, node: Hub) -> None:
        address = urllib.parse.urlsplit(node.base)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        self.kept: list[tuple[str, bytes]] = []

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes = b"", shows: bool = False) -> bytes:
        self.connection.request(method, target, body=body, headers=headers)
        answer = self.connection.getresponse()
        head = "".join(f"{name}: {value}\n" for name, value in answer.getheaders())
        content = answer.read()
        if not shows:
            self.kept.append((f"answer to {method} {target.split('?')[0][:40]} ({answer.status})", head.encode() + content))
        return content


def needles(token: str, secrets: list[str]) -> dict[str, list[bytes]]:
    """What is searched for: each secret as text, as bytes, and each of its pieces."""
    found = {"token": [token.encode()], "secret of the token": []}
    hidden = token.split(".")[1]
    texts = {"secret of the token": [hidden, hidden.upper()], "token": [base64.b64encode(token.encode()).decode()]}
    for number, secret in enumerate(secrets):
        raw = base64.b64decode(secret.removeprefix("whsec_"))
        found[f"secret {number} of an endpoint"] = [raw, raw.hex().encode()]
        texts[f"secret {number} of an endpoint"] = [secret, secret.removeprefix("whsec_")]
    for name, some in texts.items():
        for text in some:
            found[name] += [text[at : at + PIECE].encode() for at in range(0, len(text) - PIECE + 1, PIECE)]
    found["secret of the token"].append(bytes.fromhex(hidden))
    return found


def drive(answers: Answers, token: str, port: int) -> list[str]:
    """Puts the secrets wherever a client could; returns those that were made."""
    bearer = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def post(path: str, body: object, shows: bool = False, **more: str) -> dict:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        content = answers.send("POST", f"/api/hub/v1{path}", bearer | more, data, shows)
        return json.loads(content) if content else {}

    once = {"Idempotency-Key": "canary-1"}
    endpoint = {"url": f"http://127.0.0.1:{port}/hook", "event_types": ["*"]}
    made = post("/endpoints", endpoint, shows=True, **once)
    post("/endpoints", endpoint, **once)
    post("/endpoints", endpoint | {"secret": GIVEN}, shows=True)
    # No Standard Webhooks secret, but one of OwnPay's: made, and shown.
    post("/endpoints", endpoint | {"secret": GIVEN[:-1]}, shows=True)
    post("/endpoints", endpoint | {"secret": [GIVEN]})
    issued = post("/keys", {"label": "Second", "scopes": ["keys:read"]}, shows=True, **{"Idempotency-Key": "canary-2"})
    post("/keys", {"label": "Second", "scopes": ["keys:read"]}, **{"Idempotency-Key": "canary-2"})
    event = {"event_type": "payment.completed", "payload": {"mark": PAYLOAD_MARK}}
    post("/events", event)
    for body in ({"token": token}, {"token": token, "scopes": ["nothing"]}, {"token": [token]}, {"token": issued["token"]}):
        post("/keys/verify", body)
    post("/keys/verify", f'{{"token": "{token}'.encode())
    post("/keys/verify", f'{{"token": "{token}", "token": "{token}"}}'.encode())
    post("/events", event, **{"Idempotency-Key": token})
    for target in (f"/api/hub/v1/whoami?key={token}", f"/api/hub/v1/whoami?{token}", f"/api/hub/v1/keys/{token}", f"/{token}"):
        answers.send("GET", target, bearer)
    for headers in (
        {"authorization": f"Basic {token}"},
        {"authorization": f"Bearer {token}x"},
        {"authorization": f"Bearer  {token} {token}"},
        {"authorization": token},
        bearer | {"x-request-id": token},
        bearer | {"if-match": f'"{token}"'},
        bearer | {"cookie": f"session={token}", "user-agent": token, "referer": f"https://x/?key={token}"},
    ):
        answers.send("GET", "/api/hub/v1/whoami", headers)
    for path in ("keys", "endpoints", "events", "deliveries", "audit", "limits", "workspaces"):
        answers.send("GET", f"/api/hub/v1/{path}", bearer)
    for noun, entry in (("endpoints", made["id"]), ("keys", issued["id"])):
        answers.send("GET", f"/api/hub/v1/{noun}/{entry}", bearer)
    post(f"/keys/{issued['id']}/revoke", {})
    answers.send("GET", "/api/hub/v1/whoami", {"authorization": f"Bearer {issued['token']}"})
    return [made["secret"], issued["token"]]


def search(places: list[tuple[str, bytes]], wanted: dict[str, list[bytes]]) -> list[str]:
    return sorted({f"{name} is in {place}" for place, content in places for name, some in wanted.items() for one in some if one in content})


def files(folder: pathlib.Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


def check() -> None:
    with temporary_folder() as folder, receiver() as (port, arrived):
        base = pathlib.Path(folder)
        log, archive, passphrase = base / "log", base / "backup", base / "passphrase"
        settings = {"log.filter": "trace", "metrics.listen": "127.0.0.1:0", "limits.exempt_networks": "127.0.0.0/8"}
        with Hub(f"{folder}/data", settings=settings, log=log) as node:
            token = node.issue_key()
            answers = Answers(node)
            secrets = drive(answers, token, port)
            for _ in range(2):
                arrived()
            passphrase.write_text("a passphrase for the check\n")
            passphrase.chmod(0o600)
            node.command("backup", str(archive), "--passphrase-file", str(passphrase))
            node.command("restore", str(archive), "--into", f"{folder}/restored", "--passphrase-file", str(passphrase))
            printed = "".join(node.command(*words) for words in (("check",), ("keys", "list")))
            # While the hub runs: its write-ahead log is there.
            places = files(base) + answers.kept
            places += [("the metrics", node.metrics()), ("the command line", printed.encode())]
        places += [("the log", log.read_bytes())]
        second = needles(secrets[1], [])
        wanted = needles(token, [GIVEN, secrets[0]]) | {f"{name} of another key": some for name, some in second.items()}
        must_be_found = {
            "the prefix of the key": [token.split(".")[0].removeprefix("op_").encode()],
            "the payload": [PAYLOAD_MARK.encode()],
            "a request that was logged": [b"/api/hub/v1/keys/verify"],
            "a count": [b"devhub_http_requests_total"],
        }
        found = {line.split(" is in ")[0] for line in search(places, must_be_found)}
        if missing := must_be_found.keys() - found:
            raise Failed(f"the search does not find what is there: {', '.join(sorted(missing))}")
        if leaks := search(places, wanted):
            raise Failed("; ".join(leaks))
        size = sum(len(content) for _, content in places)
        print(f"searched {len(places)} places, {size:,} bytes, {len(answers.kept)} answers among them: no secret")


hub.main(check)
