"""A delivered request verifies with libraries that we did not write, also while the secret is rotated, and a changed byte does not.

Standard Webhooks: `standardwebhooks` from PyPI and from npm. OwnPay's headers: plain Node `crypto` and PHP `hash_hmac`, which do what
the contract says its clients do. Each receiver is a program of its own behind a real socket, and keeps the old secret all along: after
a rotation its libraries find their signature among two, and OwnPay's headers are still signed with it.
The snippets of the guide for receivers are run on the first delivery.
"""

import json
import os
import pathlib
import socket
import subprocess

import hub
import snippets
from hub import Failed, Hub, read_line, temporary_folder

HERE = pathlib.Path(__file__).resolve().parent / "receivers"
TOOLS = pathlib.Path(os.environ.get("DEVHUB_TEST_TOOLS", hub.ROOT / "target" / "tools"))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAYLOAD = {"event": "payment.completed", "amount": "10.00", "reference": "Bestellung ä 77", "data": {"id": "a810b445"}}
EXPECTED = {
    "standardwebhooks (PyPI)",
    "standardwebhooks (npm)",
    "OwnPay as Node reads it",
    "OwnPay as Laravel reads it",
    "OwnPay as WooCommerce reads it",
    "OwnPay as WHMCS reads it",
}


def start(command: list[str], **environment: str) -> tuple[subprocess.Popen, int]:
    """A receiver that says which port it listens on."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, env=os.environ | environment)
    return child, int(read_line(child.stdout).removeprefix("port "))


def start_php(report: pathlib.Path) -> tuple[subprocess.Popen, int]:
    """PHP's own server cannot choose its port: it gets one that was free a moment ago, and says when it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["php", "-S", f"127.0.0.1:{port}", str(HERE / "receiver.php")]
    environment = os.environ | {"SECRET": SECRET, "REPORT": str(report)}
    child = subprocess.Popen(command, stderr=subprocess.PIPE, bufsize=0, env=environment)
    while "started" not in read_line(child.stderr):
        pass
    return child, port


def made(node: Hub, token: str, path: str, body: dict) -> dict:
    status, answer = node.call("POST", f"/api/hub/v1{path}", token, body)
    if status != 201:
        raise Failed(f"POST {path} answered {status}: {answer}")
    return answer


def subscribe(node: Hub, token: str, ports: list[int]) -> list[str]:
    endpoint = {"event_types": ["payment.*"], "secret": SECRET}
    return [made(node, token, "/endpoints", endpoint | {"url": f"http://127.0.0.1:{port}/hook"})["id"] for port in ports]


def publish(node: Hub, token: str, endpoints: list[str]) -> None:
    answer = made(node, token, "/events", {"event_type": "payment.completed", "payload": PAYLOAD})
    if answer["deliveries"] != len(endpoints):
        raise Failed(f"publishing answered {answer}")


def rotate(node: Hub, token: str, endpoints: list[str]) -> None:
    for endpoint in endpoints:
        made(node, token, f"/endpoints/{endpoint}/secrets", {"grace_s": 3_600})


def require(when: str, lines: list[str]) -> None:
    reports = [json.loads(line) for line in lines]
    for one in reports:
        print(f"{when}, {one['verifier']}: verified {one['verified']}, changed byte refused {one['changed_refused']}")
    if {one["verifier"] for one in reports} != EXPECTED:
        raise Failed("not every verifier was asked")
    if not all(one["verified"] and one["changed_refused"] for one in reports):
        raise Failed("a verifier disagrees")


def check() -> None:
    with temporary_folder() as folder:
        report = pathlib.Path(folder) / "php.jsonl"
        os.mkfifo(report)
        python, python_port = start([str(TOOLS / "venv/bin/python"), str(HERE / "receiver.py"), SECRET])
        node, node_port = start(
            ["node", str(HERE / "receiver.mjs"), SECRET], NODE_PATH=str(TOOLS / "npm/node_modules")
        )
        php, php_port = start_php(report)
        caught = snippets.Caught()
        php_reports = os.fdopen(os.open(report, os.O_RDWR), "rb", buffering=0)

        def heard() -> list[str]:
            return [read_line(stream) for stream in (python.stdout, *[node.stdout] * 2, *[php_reports] * 3)]

        try:
            with Hub(f"{folder}/data") as running:
                token = running.issue_key()
                endpoints = subscribe(running, token, [python_port, node_port, php_port, caught.port])
                publish(running, token, endpoints)
                require("one secret", heard())
                delivered = caught.next()
                rotate(running, token, endpoints)
                publish(running, token, endpoints)
                require("two secrets", heard())
        finally:
            for child in (python, node, php):
                child.kill()
        snippets.check(delivered, folder, SECRET)


hub.main(check)
