"""What the hook of docs/guides/ownpay-hook.php does about rows, answers, folders and environments that are not as they should be.

The hub is stood for by a server that answers what it is told to and keeps what it was sent, so that each answer can be had, also those
of a proxy before a hub.
"""

import json
import os
import pathlib
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import hub
from hub import Failed

GUIDE = hub.ROOT / "docs" / "guides" / "ownpay.md"
HOOK = hub.ROOT / "docs" / "guides" / "ownpay-hook.php"
PLATFORM = pathlib.Path(__file__).resolve().parent / "receivers" / "platform.php"
TAKEN = (200, '{"id":"evt_00000000000000000000000000"}')
REFUSED = '{"code":"event_invalid"}'
# What is answered, and whether the event waits after that.
ANSWERS = [
    (TAKEN, False),
    ((201, TAKEN[1]), False),
    ((200, "<h1>We will be back soon</h1>"), True),
    ((200, '{"ok":true}'), True),
    ((204, ""), True),
    ((301, ""), True),
    ((400, "<h1>Bad Request</h1>"), True),
    ((400, REFUSED), False),
    ((401, '{"code":"key_unknown"}'), True),
    ((405, '{"code":"method_not_allowed"}'), True),
    ((409, REFUSED), False),
    ((413, REFUSED), False),
    ((422, REFUSED), False),
    ((429, '{"code":"rate_limited"}'), True),
    ((503, ""), True),
]
ROW = {
    "payment_id": "a810b445-564a-4e20-80a5-f1261d7b3377",
    "trx_id": "OP-0A1B2C3D77",
    "amount": "10.00",
    "currency": "USD",
    "happened_at": "2026-11-24T16:00:00+06:00",
}
COMPLETED = "payment.transaction.completed"
# As PHP reads them: "" and a zone by itself are now, "0000-00-00" is a day before the year nought.
NO_TIMES = [None, "", " Asia/Dhaka", "12:00 Asia/Dhaka", "now", "0000-00-00 00:00:00 Asia/Dhaka", "2026-11-24"]


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Failed(f"{what}: {found!r}, expected {wanted!r}")


class Answering(HTTPServer):
    """Answers each request with `answer` and keeps its body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), AnsweringHandler)
        self.answer, self.bodies = TAKEN, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class AnsweringHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("location", "/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def answering() -> Iterator[Answering]:
    server = Answering()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def variables(url: str, spool: str | pathlib.Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DEVHUB_URL": url, "DEVHUB_KEY": "op_key", "DEVHUB_SPOOL": str(spool)} | more


def tell(environment: dict[str, str], row: dict) -> tuple[bool, str]:
    """Whether the hub has taken a completed payment, and what the platform's error log has then."""
    line = json.dumps([COMPLETED, row]) + "\n"
    command = ["php", "-d", "log_errors=1", "-d", "error_log=", str(PLATFORM), str(HOOK)]
    done = subprocess.run(command, input=line, capture_output=True, text=True, timeout=60, env=environment, check=True)
    return json.loads(done.stdout)["taken"], done.stderr


def run_hook(environment: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(["php", str(HOOK)], capture_output=True, text=True, timeout=60, env=environment)


def check_answers(hub_double: Answering, spool: pathlib.Path) -> None:
    """Only the hub's own word that an event is there, or never will be, ends it; told at once, and sent again."""
    waiting = spool / f"{ROW['trx_id']}.payment.completed.json"
    for answer, waits in ANSWERS:
        hub_double.answer = answer
        taken = answer[0] in (200, 201) and not waits
        expect(f"{answer} is taken", tell(variables(hub_double.url, spool), ROW)[0], taken)
        expect(f"{answer}: the event waits", waiting.exists(), waits)
        waiting.write_text("{}")
        expect(f"{answer}, again", run_hook(variables(hub_double.url, spool)).stdout, f"{int(taken)} sent again\n")
        expect(f"{answer}, again: the event waits", waiting.exists(), waits)
        waiting.unlink(missing_ok=True)
    hub_double.answer = TAKEN


def check_rows(hub_double: Answering, spool: pathlib.Path) -> None:
    """A row without a time is refused with a word about it; what is nested in metadata keeps its kind."""
    for none in NO_TIMES:
        hub_double.bodies.clear()
        taken, said = tell(variables(hub_double.url, spool), ROW | {"happened_at": none})
        expect(f"happened at {none!r}", (taken, hub_double.bodies), (False, []))
        if "happened_at has no date and time" not in said:
            raise Failed(f"happened at {none!r} is told as {said!r}")
    metadata = {"empty": {}, "list": [], "deep": {"empty": {}}, "0": "nought"}
    for given in (metadata, {}):
        hub_double.bodies.clear()
        expect("metadata is taken", tell(variables(hub_double.url, spool), ROW | {"metadata": given})[0], True)
        payload = json.loads(hub_double.bodies[0])["payload"]
        expect("metadata", (payload["metadata"], payload["data"]["metadata"]), (given, given))


def check_folders(hub_double: Answering, folder: pathlib.Path) -> None:
    """What cannot be kept in its folder is kept nowhere else, and what cannot be read there is neither sent nor removed."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    hub_double.answer = (503, "")
    # A folder in which nobody can make a file, whoever runs this.
    taken, said = tell(variables(hub_double.url, "/proc", TMPDIR=str(elsewhere)), ROW)
    expect("what the system's folder holds", (taken, list(elsewhere.iterdir())), (False, []))
    if "is lost, because DEVHUB_SPOOL cannot be written to" not in said:
        raise Failed(f"a folder that cannot be written to is told as {said!r}")
    hub_double.answer = TAKEN
    hub_double.bodies.clear()
    spool = folder / "unreadable"
    spool.mkdir()
    (spool / "lost.json").symlink_to(spool / "nowhere")
    (spool / "waits.json").write_text("{}")
    done = run_hook(variables(hub_double.url, spool))
    expect("sent beside what cannot be read", (done.stdout, hub_double.bodies), ("1 sent again\n", [b"{}"]))
    expect("what cannot be read", [file.name for file in spool.iterdir()], ["lost.json"])


def check_environment(hub_double: Answering, spool: pathlib.Path) -> None:
    """Cron that passes nothing on is told so, and the folder of a variable that is not set is not the root."""
    for missing in ("DEVHUB_URL", "DEVHUB_KEY", "DEVHUB_SPOOL"):
        environment = variables(hub_double.url, spool)
        del environment[missing]
        done = run_hook(environment)
        expect(f"without {missing}", (done.returncode, done.stdout, missing in done.stderr), (1, "", True))
    done = run_hook(variables(hub_double.url, spool / "none"))
    expect("without the folder", (done.returncode, "is no folder" in done.stderr), (1, True))
    asked = "require $argv[1]; echo json_encode([devhub_spool(), devhub_send_again()]);"
    for value in ({}, {"DEVHUB_SPOOL": ""}, {"DEVHUB_SPOOL": "/"}):
        environment = {"PATH": os.environ["PATH"]} | value
        done = subprocess.run(["php", "-r", asked, str(HOOK)], capture_output=True, text=True, env=environment, timeout=60)
        expect(f"with the folder {value}", done.stdout, "[null,0]")


def run_crontab(folder: pathlib.Path, environment: dict[str, str]) -> str:
    """Runs the guide's line of the crontab as cron does: by the shell, with next to no environment."""
    line = next(line.strip() for line in GUIDE.read_text().splitlines() if line.strip().startswith("* * * * * "))
    file = folder / "ownpay-hub.env"
    file.write_text("".join(f"{name}={environment[name]}\n" for name in environment if name.startswith("DEVHUB_")))
    for ours, wanted in (("/etc/ownpay-hub.env", file), ("/opt/ownpay-hub/ownpay-hook.php", HOOK)):
        if ours not in line:
            raise Failed(f"the guide's crontab has no {ours}")
        line = line.replace(ours, str(wanted))
    bare = {"PATH": os.environ["PATH"]}
    command = ["/bin/sh", "-c", line.removeprefix("* * * * * ")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=bare, check=True)
    return done.stdout.strip()


def check(folder: pathlib.Path) -> None:
    """All of it, in this folder."""
    spool = folder / "hook"
    spool.mkdir(mode=0o700)
    with answering() as hub_double:
        check_answers(hub_double, spool)
        check_rows(hub_double, spool)
        check_folders(hub_double, folder)
        check_environment(hub_double, spool)
        (spool / "waits.json").write_text("{}")
        expect("the guide's crontab", run_crontab(folder, variables(hub_double.url, spool)), "1 sent again")
    expect("nothing waits in the end", list(spool.iterdir()), [])
    print(f"the hook: {len(ANSWERS)} answers, {len(NO_TIMES)} rows without a time, folders, environments and the crontab")
