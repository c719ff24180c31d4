"""What becomes of OwnPay's payments reaches its shops through a hub, with the hook and the imports of the guide.

OwnPay is stood for by a program that calls the hook of docs/guides/ownpay-hook.php, and by the hub's own sandbox, where payments are
asked for by OwnPay's API and paid by the forms of the checkout; its WooCommerce plugin and its WHMCS module by a
receiver in PHP that follows the contract's notes on what each of them reads. The workspace is strict, so that the hub itself holds what
is published against OwnPay's payloads.
"""

import hmac
import http.client
import json
import os
import pathlib
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import hook_cases
import hub
from hub import DEVHUB, Failed, Hub, read_line, temporary_folder
from payer import Sandbox

HERE = pathlib.Path(__file__).resolve().parent / "receivers"
HOOK = hub.ROOT / "docs" / "guides" / "ownpay-hook.php"
# As OwnPay's own page makes them: `whsec_` and 32 letters and digits, all of which are the key.
SECRET = "whsec_Zk3vT9qLw8XcB2mN5pR7sY1uD4fG6hJ0"
SHOPS = ("woocommerce", "whmcs")
# A second to connect, two and a half for all of it, and time for a machine that is busy.
AWAY_MS_MAX = 4_000
# PHP tells no port that it has chosen itself: one that was free may be taken by the time that it listens.
PORTS_MAX = 5


def row(number: int, **more: object) -> dict:
    """A transaction as the platform keeps it; the order and the invoice have its number."""
    return {
        "payment_id": f"a810b445-564a-4e20-80a5-f1261d7b33{number:02}",
        "trx_id": f"OP-0A1B2C3D{number:02}",
        "gateway_trx_id": f"gw{number}",
        "amount": "10.00",
        "currency": "USD",
        "fee": "0.50",
        "gateway": "stripe",
        "gateway_type": "api",
        "reference": str(number),
        "customer": {"name": "Jörg L", "email": "a@b.c", "phone": ""},
        "metadata": {"whmcs_invoice_id": str(number)},
        "happened_at": "2026-11-24T16:00:00+06:00",
    } | more


REFUND = {"refund_id": "9d0f5c0e-5b0a-4b5e-8f5e-2f5f0c6f7a11", "reason": "requested_by_customer"}
REFUNDED = ["refund.created", "refund.completed"]
# What happens, to which order, and what each shop makes of it.
STORY = [
    ("payment.transaction.pending", row(77), "open", "no money"),
    ("payment.transaction.completed", row(77), "paid", "paid"),
    ("refund.created", row(77, amount="4.00", **REFUND), "paid", "passed over"),
    ("refund.completed", row(77, amount="4.00", **REFUND), "paid", "passed over"),
    ("payment.transaction.failed", row(78), "failed", "no money"),
    ("payment.transaction.cancelled", row(79), "cancelled", "no money"),
    ("payment.intent.expired", row(80, trx_id="", metadata=[]), "open", "no money"),
]

# What is done at the sandbox with the payment of which order, which events come of it, what each shop makes of the last of them, and what
# the API then says of the payment.
CHECKOUTS: list[tuple[str, int, Callable[[Sandbox, dict], object], list[str], str, str, str]] = [
    ("paid", 83, lambda at, it: at.pay(it, "success"), ["payment.completed"], "paid", "paid", "completed"),
    ("paid back in part", 83, lambda at, it: at.refund(it, amount="4.00"), REFUNDED, "paid", "passed over", "completed"),
    ("paid back whole", 83, lambda at, it: at.refund(it), REFUNDED, "paid", "passed over", "refunded"),
    ("not paid", 84, lambda at, it: at.pay(it, "failure"), ["payment.failed"], "failed", "no money", "failed"),
    ("cancelled", 85, lambda at, it: at.press(it, "cancel", {}), ["payment.cancelled"], "cancelled", "no money", "cancelled"),
    ("too late", 86, lambda at, it: at.pay(it, "expiry"), ["payment.failed"], "open", "no money", "expired"),
]


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Failed(f"{what}: {found!r}, expected {wanted!r}")


class Shops:
    """The two shops, in one program; each has the orders 77 to 86."""

    def __init__(self, folder: pathlib.Path) -> None:
        folder.mkdir()
        order = lambda n: {"payment_id": row(n)["payment_id"], "amount": "10.00", "currency": "USD", "state": "open"}
        orders = {str(number): order(number) | {"notes": [], "transactions": []} for number in range(77, 87)}
        self.state = folder / "orders.json"
        self.state.write_text(json.dumps(dict.fromkeys(SHOPS, orders)))
        os.mkfifo(folder / "seen.jsonl")
        self.seen = os.fdopen(os.open(folder / "seen.jsonl", os.O_RDWR), "rb", buffering=0)
        self._listen(os.environ | {"SECRET": SECRET, "STATE": str(folder)})
        # What it goes on to say would fill the pipe.
        self.rest = subprocess.Popen(["cat"], stdin=self.process.stderr, stdout=subprocess.DEVNULL)

    def _listen(self, environment: dict[str, str]) -> None:
        for _ in range(PORTS_MAX):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            command = ["php", "-S", f"127.0.0.1:{self.port}", str(HERE / "shops.php")]
            self.process = subprocess.Popen(command, stderr=subprocess.PIPE, bufsize=0, env=environment)
            line = read_line(self.process.stderr)
            while "started" not in line and "Failed to listen" not in line:
                line = read_line(self.process.stderr)
            if "started" in line:
                return
            self.process.wait(timeout=20)
        raise Failed(f"PHP found no port in {PORTS_MAX} tries: {line.strip()}")

    def next(self) -> dict:
        return json.loads(read_line(self.seen))

    def both(self) -> dict[str, dict]:
        """One request to each shop, in whatever order."""
        return {seen["shop"]: seen for seen in (self.next(), self.next())}

    def ask(self, shop: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Sends a request as anybody could."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("POST", f"/{shop}", body=body, headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status, self.next()["effect"]

    def close(self) -> None:
        for child in (self.process, self.rest):
            child.kill()
            child.wait()


@contextmanager
def platform(url: str, key: str, spool: pathlib.Path) -> Iterator[subprocess.Popen]:
    """OwnPay, which tells a hub at this address."""
    environment = os.environ | {"DEVHUB_URL": url, "DEVHUB_KEY": key, "DEVHUB_SPOOL": str(spool)}
    command = ["php", str(HERE / "platform.php"), str(HOOK)]
    # Errors of the hook go where its platform logs them, and must hold no key.
    log = open(spool.parent / "platform.log", "ab")
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, bufsize=0, env=environment)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        log.close()


def tell(own_pay: subprocess.Popen, happened: str, about: dict) -> dict:
    own_pay.stdin.write(json.dumps([happened, about]).encode() + b"\n")
    return json.loads(read_line(own_pay.stdout))


def send_again(url: str, key: str, spool: pathlib.Path) -> str:
    environment = os.environ | {"DEVHUB_URL": url, "DEVHUB_KEY": key, "DEVHUB_SPOOL": str(spool)}
    done = subprocess.run(["php", str(HOOK)], capture_output=True, text=True, timeout=60, env=environment, check=True)
    return done.stdout.strip()


def import_endpoints(node: Hub, folder: str, port: int) -> None:
    """Moves the shops' endpoints from OwnPay, with the names of events that its pages and plugins have."""
    file = pathlib.Path(folder) / "endpoints.tsv"
    events = {"woocommerce": '["payment.*","payment.refunded","refund.created"]', "whmcs": '["*"]'}
    lines = [f"http://127.0.0.1:{port}/{shop}\t{SECRET}\t{events[shop]}\tactive\t2026-01-02 09:04:05\t1" for shop in SHOPS]
    wrong = f"http://127.0.0.1:{port}/other\t{SECRET}\t[]\tactive\t2026-01-02 09:04:05\t1"
    header = "url\tsecret\tevents\tstatus\tcreated_at\tmerchant_id"
    file.write_text("\n".join([header, *lines, wrong, ""]))
    for dry_run, told in (
        (["--dry-run"], "2 would be imported, 0 already there, 1 refused"),
        ([], "2 imported, 0 already there, 1 refused"),
        ([], "0 imported, 2 already there, 1 refused"),
    ):
        command = [DEVHUB, *node.flags(), "endpoints", "import", str(file), *dry_run]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        expect("importing says", (done.returncode, done.stdout.strip()), (3, told))
        if SECRET in done.stdout + done.stderr or "line 4: events is empty" not in done.stderr:
            raise Failed(f"importing says {done.stderr}")


def make_strict(node: Hub, token: str) -> None:
    workspace = node.call("GET", "/api/hub/v1/workspaces", token)[1]["items"][0]["id"]
    status, answer = node.call("PATCH", f"/api/hub/v1/workspaces/{workspace}", token, {"event_checks": "strict"})
    expect("making the workspace strict", (status, answer.get("event_checks")), (200, "strict"))


def headers_of(seen: dict) -> dict[str, str]:
    names = ("HTTP_X_SIGNATURE", "HTTP_X_OWNPAY_SIGNATURE", "HTTP_X_OWNPAY_TIMESTAMP", "HTTP_X_OWNPAY_EVENT")
    return {name.removeprefix("HTTP_").replace("_", "-"): seen["headers"][name] for name in names}


def require_refusals(shops: Shops, seen: dict[str, dict]) -> None:
    """What was delivered counts once; what was changed counts never. *Source:* contract rules 10 and 12, §4.4."""
    for shop in SHOPS:
        headers, body = headers_of(seen[shop]), seen[shop]["body"].encode()
        mac = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
        expect("OwnPay's header", headers["X-OWNPAY-SIGNATURE"], mac)
        expect("the prefixed header", headers["X-SIGNATURE"], f"sha256={mac}")
        again = {"woocommerce": (200, "paid already"), "whmcs": (200, "known already")}[shop]
        expect(f"{shop}, sent again", shops.ask(shop, headers, body), again)
        bare = {"X-OwnPay-Signature": mac}
        expect(f"{shop}, bare header alone", shops.ask(shop, bare, body), again)
        changed = body.replace(b'"amount":"10.00"', b'"amount":"90.00"', 1)
        if changed == body:
            raise Failed("nothing was changed")
        expect(f"{shop}, changed", shops.ask(shop, headers, changed), (403, "not genuine"))
        expect(f"{shop}, cut", shops.ask(shop, headers, body[:-1]), (403, "not genuine"))
        expect(f"{shop}, unsigned", shops.ask(shop, {}, body), (401, "no signature"))
        # The first header that is looked at decides: WooCommerce never looks at this one.
        forged = headers | {"X-OP-Signature": "0" * 64}
        first = again if shop == "woocommerce" else (403, "not genuine")
        expect(f"{shop}, another header first", shops.ask(shop, forged, body), first)


def play(node: Hub, shops: Shops, token: str, spool: pathlib.Path, key: str) -> None:
    """Everything that happens reaches both shops, once."""
    with platform(node.base, key, spool) as own_pay:
        for happened, about, in_woocommerce, in_whmcs in STORY:
            expect(f"{happened} is taken", tell(own_pay, happened, about)["taken"], True)
            seen = shops.both()
            found = {shop: (seen[shop]["status"], seen[shop]["effect"]) for shop in SHOPS}
            expect(happened, found, {"woocommerce": (200, in_woocommerce), "whmcs": (200, in_whmcs)})
            print(f"{happened}: WooCommerce {in_woocommerce}, WHMCS {in_whmcs}")
            if happened == "payment.transaction.completed":
                require_refusals(shops, seen)
        # A payment page that is loaded twice tells twice.
        happened, about, *_ = STORY[1]
        expect("told again", tell(own_pay, happened, about)["taken"], True)
        name = f"{about['trx_id']}.payment.completed"
        events = node.call("GET", f"/api/hub/v1/events?external_id={name}", token)[1]["items"]
        expect("events of one payment", len(events), 1)
        expect("an amount that is none", tell(own_pay, happened, row(77, amount="1e3"))["taken"], False)
        expect("what nobody knows", tell(own_pay, "payment.dreamt", row(77))["taken"], False)
    expect("nothing waits", list(spool.iterdir()), [])
    orders = json.loads(shops.state.read_text())
    expect("notes of the refund", orders["woocommerce"]["77"]["notes"], ["refund_pending", "refunded"])
    expect("transactions", orders["whmcs"]["77"]["transactions"], [row(77)["trx_id"]])


def check_out(node: Hub, shops: Shops, token: str) -> None:
    """What becomes of a payment at the sandbox reaches both shops, and they take it as they take what the hook tells."""
    sandbox = Sandbox(node, token)
    payments = {number: sandbox.ask(number) for number in {number for _, number, *_ in CHECKOUTS}}
    for what, number, happen, events, in_woocommerce, in_whmcs, status in CHECKOUTS:
        happen(sandbox, payments[number])
        seen = [shops.next() for _ in range(len(events) * len(SHOPS))]
        found = sorted((one["shop"], json.loads(one["body"])["event"], one["status"], one["effect"]) for one in seen)
        effects = {"woocommerce": in_woocommerce, "whmcs": in_whmcs}
        expect(what, found, sorted((shop, event, 200, effects[shop]) for shop in SHOPS for event in events))
        expect(f"{what}, by the API", sandbox.find(payments[number])["status"], status)
        print(f"sandbox, {what}: WooCommerce {in_woocommerce}, WHMCS {in_whmcs}")
    orders = json.loads(shops.state.read_text())
    trx_id = sandbox.find(payments[83])["trx_id"]
    expect("transactions of the sandbox", orders["whmcs"]["83"]["transactions"], [trx_id])
    expect("notes of its refunds", sorted(orders["woocommerce"]["83"]["notes"]), ["refund_pending"] * 2 + ["refunded"] * 2)


def lose(spool: pathlib.Path, key: str, url: str) -> None:
    """A hub that is away, or takes a connection and says nothing, costs the payment little and loses nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        nobody = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for number, address in ((81, url), (82, nobody)):
            with platform(address, key, spool) as own_pay:
                told = tell(own_pay, "payment.transaction.completed", row(number))
            print(f"order {number}, hub away: not taken after {told['ms']} ms")
            if told["taken"] or told["ms"] > AWAY_MS_MAX:
                raise Failed(f"a hub that is away was told in {told}")
    expect("what waits", len(list(spool.iterdir())), 2)


def check() -> None:
    with temporary_folder() as folder:
        hook_cases.check(pathlib.Path(folder))
        shops, spool = Shops(pathlib.Path(folder) / "shops"), pathlib.Path(folder) / "spool"
        spool.mkdir(mode=0o700)
        try:
            with Hub(f"{folder}/data") as node:
                token, key = node.issue_key(), node.issue_key("events:write")
                import_endpoints(node, folder, shops.port)
                make_strict(node, token)
                play(node, shops, token, spool, key)
                check_out(node, shops, token)
                url = node.base
                node.end()
            lose(spool, key, url)
            with Hub(f"{folder}/data") as node:
                expect("sent with a wrong key", send_again(node.base, "op_00000000.0", spool), "0 sent again")
                expect("sent again", send_again(node.base, key, spool), "2 sent again")
                for _ in range(4):
                    seen = shops.next()
                    expect(f"order of {seen['shop']}", (seen["status"], seen["effect"]), (200, "paid"))
            expect("nothing waits", list(spool.iterdir()), [])
            if key in (pathlib.Path(folder) / "platform.log").read_text():
                raise Failed("the hook logs its key")
        finally:
            shops.close()


hub.main(check)
