"""A delivered request verifies with libraries that we did not write, and a changed byte does not.

Standard Webhooks: `standardwebhooks` from PyPI and from npm. OwnPay's headers: plain Node `crypto` and PHP `hash_hmac`, which do what
the contract says its clients do. Each receiver is a program of its own behind a real socket.
The snippets of the guide for receivers are run on the same delivery.
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


def deliver(node: Hub, ports: list[int]) -> None:
    token = node.issue_key()
    for port in ports:
        endpoint = {"url": f"http://127.0.0.1:{port}/hook", "event_types": ["payment.*"], "secret": SECRET}
        status, answer = node.call("POST", "/api/hub/v1/endpoints", token, endpoint)
        if status != 201:
            raise Failed(f"creating an endpoint answered {status}: {answer}")
    event = {"event_type": "payment.completed", "payload": PAYLOAD}
    status, answer = node.call("POST", "/api/hub/v1/events", token, event)
    if status != 201 or answer["deliveries"] != len(ports):
        raise Failed(f"publishing answered {status}: {answer}")


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
        try:
            with Hub(f"{folder}/data") as running:
                deliver(running, [python_port, node_port, php_port, caught.port])
                lines = [read_line(python.stdout)]
                lines += [read_line(node.stdout) for _ in range(2)]
                lines += [read_line(php_reports) for _ in range(3)]
                delivered = caught.next()
        finally:
            for child in (python, node, php):
                child.kill()
        judge([json.loads(line) for line in lines])
        snippets.check(delivered, folder, SECRET)


def judge(reports: list[dict]) -> None:
    for one in reports:
        print(f"{one['verifier']}: verified {one['verified']}, changed byte refused {one['changed_refused']}")
    if {one["verifier"] for one in reports} != EXPECTED:
        raise Failed("not every verifier was asked")
    if not all(one["verified"] and one["changed_refused"] for one in reports):
        raise Failed("a verifier disagrees")


hub.main(check)
