"""nginx and Caddy stand before a real service and ask a real hub, with the configurations of the guide as they stand there.

Clients come from other addresses of this machine than the proxies, which alone are trusted: so a forged `X-Forwarded-For` can be told
from a real one. What Traefik would send is sent by hand.
"""

import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading
import time

import hub
from hub import Failed, Hub, main, temporary_folder

GUIDE = hub.ROOT / "docs" / "guides" / "reverse-proxies.md"
PROXY = "127.0.0.1"
CLIENT = "127.0.0.2"
OTHER_CLIENT = "127.0.0.3"
PER_MINUTE = 40
EXPORTS_AN_HOUR = 3
FORGED = {
    "X-Devhub-Key-Id": "key_forged",
    "X-Devhub-Workspace-Id": "wsp_forged",
    "X-Devhub-Scopes": "admin",
    "X-Devhub-Environment": "forged",
}
START_SECONDS_MAX = 30

Answer = tuple[int, dict[str, str], str]


class Service(http.server.BaseHTTPRequestHandler):
    """What stands behind: it says which headers it got."""

    def answer(self) -> None:
        body = json.dumps([[name.lower(), value] for name, value in self.headers.items()]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        """Nothing."""


def free_port() -> int:
    """One that nobody listens on, given back. The proxies cannot choose one themselves and say which."""
    with socket.socket() as probe:
        probe.bind((PROXY, 0))
        return probe.getsockname()[1]


def ask(port: int, headers: dict[str, str], path: str = "/orders", source: str = CLIENT, method: str = "GET") -> Answer:
    connection = http.client.HTTPConnection(PROXY, port, timeout=20, source_address=(source, 0))
    try:
        connection.request(method, path, body=b"{}" if method == "POST" else None, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Failed(f"{what}: {found!r}, expected {wanted!r}")


def configuration(language: str, port: int, hub_port: int, service_port: int) -> str:
    """The block of the guide, with the addresses of this run in the place of its own."""
    found = re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    expect(f"blocks of {language} in the guide", len(found), 1)
    text = found[0]
    for own, here in [
        ("10.0.0.7:8780", f"{PROXY}:{hub_port}"),
        ("10.0.0.9:9000", f"{PROXY}:{service_port}"),
        ("listen 8080;", f"listen {PROXY}:{port};"),
        (":8080 {", f"http://:{port} {{\n\tbind {PROXY}"),
    ]:
        text = text.replace(own, here)
    return text


class Proxy:
    """A proxy on a port of its own."""

    def __init__(self, name: str, folder: pathlib.Path, hub_port: int, service_port: int) -> None:
        self.name = name
        self.port = free_port()
        folder.mkdir()
        text = configuration(name, self.port, hub_port, service_port)
        self.log = folder / "log"
        command = nginx(folder, text) if name == "nginx" else caddy(folder, text)
        environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection((PROXY, self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise Failed(f"{self.name} does not listen: {self.log.read_text()[-2_000:]}")

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def nginx(folder: pathlib.Path, server: str) -> list[str]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise Failed("nginx is not here")
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log stderr;\n"
        f"events {{ worker_connections 256; }}\nhttp {{\naccess_log off;\n{places}{server}}}\n"
    )
    return [program, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: pathlib.Path, site: str) -> list[str]:
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{site}")
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


class Scene:
    """A hub with its keys, and one proxy before a service."""

    def __init__(self, node: Hub, admin: str, proxy: Proxy) -> None:
        self.node, self.admin, self.port = node, admin, proxy.port

    def key(self, scopes: list[str], **more: object) -> tuple[str, str]:
        """A new key: its token and its id."""
        body = {"label": "Check", "scopes": scopes} | more
        status, issued = self.node.call("POST", "/api/hub/v1/keys", self.admin, body)
        expect("a key", status, 201)
        return issued["token"], issued["id"]

    def change(self, key_id: str, verb: str) -> None:
        status, _ = self.node.call("POST", f"/api/hub/v1/keys/{key_id}/{verb}", self.admin)
        expect(verb, status, 200)

    def the_right_key_passes(self) -> None:
        token, key_id = self.key(["read", "write"], environment="test")
        for headers in [bearer(token), {"X-API-Key": token}]:
            for method in ["GET", "POST"]:
                status, _, body = ask(self.port, headers, method=method)
                expect(f"{method} with the right key", status, 200)
                got = dict(json.loads(body))
                expect("key id", got.get("x-devhub-key-id"), key_id)
                expect("scopes", got.get("x-devhub-scopes"), "read write")
                expect("environment", got.get("x-devhub-environment"), "test")
                expect("workspace id", got.get("x-devhub-workspace-id", "")[:4], "wsp_")
                expect("token at the service", token in body, False)

    def forged_identities_are_removed(self) -> None:
        token, key_id = self.key(["read"])
        # As PHP and others read them, which see no difference.
        with_underscores = {name.replace("-", "_"): value for name, value in FORGED.items()}
        status, _, body = ask(self.port, FORGED | with_underscores | bearer(token))
        expect("a forged identity beside a key", status, 200)
        names = [name.replace("_", "-") for name, _ in json.loads(body)]
        for name in FORGED:
            expect(f"{name} at the service", names.count(name.lower()), 1)
        expect("forged words at the service", "forged" in body, False)
        expect("key id", dict(json.loads(body))["x-devhub-key-id"], key_id)
        expect("a forged identity alone", ask(self.port, FORGED)[0], 401)

    def a_key_that_is_not_accepted_is_401(self) -> None:
        status, headers, _ = ask(self.port, {})
        expect("no key", (status, headers.get("www-authenticate")), (401, 'Bearer realm="devhub"'))
        for token in ["x", f"op_00000000.{'0' * 48}"]:
            expect("a bad key", ask(self.port, bearer(token))[0], 401)
        token, key_id = self.key(["read"])
        expect("before it is locked", ask(self.port, bearer(token))[0], 200)
        for verb, status in [("lock", 401), ("unlock", 200), ("revoke", 401)]:
            self.change(key_id, verb)
            expect(f"the next request after {verb}", ask(self.port, bearer(token))[0], status)

    def a_missing_scope_is_403(self) -> None:
        token, _ = self.key(["write"])
        status, headers, _ = ask(self.port, bearer(token) | {"X-Devhub-Require-Scope": "write"})
        expect("a key without the scope", status, 403)
        expect("the scope in the challenge", 'scope="read' in headers.get("www-authenticate", ""), True)
        many = {"X-Devhub-Require-Scope": "write " * 64}
        expect("words of the client", ask(self.port, bearer(token) | many)[0], 403)

    def two_tokens_and_tokens_in_addresses_are_400(self) -> None:
        token, _ = self.key(["read"])
        expect("two tokens", ask(self.port, bearer(token) | {"X-API-Key": token})[0], 400)
        expect("a token in the address", ask(self.port, bearer(token), path=f"/orders?api_key={token}")[0], 400)

    def a_path_is_limited_however_it_is_written(self) -> None:
        token, _ = self.key(["read"])
        ways = ["/exports", "/%65xports", "//exports"]
        for path in ways:
            expect(f"{path}, within its limit", ask(self.port, bearer(token), path=path)[0], 200)
        for path in [*ways, "/exports/7", "/%65%78ports//7"]:
            expect(f"{path}, beyond its limit", ask(self.port, bearer(token), path=path)[0], 429)
        expect("another path", ask(self.port, bearer(token))[0], 200)
        for path in ["/x/../exports", "/x/%2e%2e/exports", "/./exports", "/x%2fexports", "/x%5Cexports", "/exports%zz"]:
            expect(path, ask(self.port, bearer(token), path=path)[0], 400)

    def too_many_requests_are_429(self) -> None:
        token, _ = self.key(["read"])
        answers = [ask(self.port, bearer(token)) for _ in range(PER_MINUTE + 20)]
        refused = [headers for status, headers, _ in answers if status == 429]
        expect("statuses", {status for status, _, _ in answers}, {200, 429})
        expect("Retry-After", {headers.get("retry-after", "none").isdigit() for headers in refused}, {True})

    def a_forged_address_is_refused(self) -> None:
        token, _ = self.key(["read"], allow_list=[OTHER_CLIENT])
        for header in ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Original-For"]:
            expect(f"a forged {header}", ask(self.port, bearer(token) | {header: OTHER_CLIENT})[0], 403)
        expect("the address itself", ask(self.port, bearer(token), source=OTHER_CLIENT)[0], 200)

    def what_was_asked_cannot_be_forged(self) -> None:
        token, _ = self.key(["read"])
        forged = {"X-Original-URI": "/free", "X-Forwarded-Uri": "/free", "X-Original-Method": "HEAD"}
        expect("what the client says was asked", ask(self.port, bearer(token) | forged)[0], 200)
        path = f"/orders?token={token}"
        expect("what was asked", ask(self.port, bearer(token) | forged, path=path)[0], 400)

    def play(self) -> None:
        self.the_right_key_passes()
        self.forged_identities_are_removed()
        self.a_key_that_is_not_accepted_is_401()
        self.a_missing_scope_is_403()
        self.two_tokens_and_tokens_in_addresses_are_400()
        self.a_path_is_limited_however_it_is_written()
        self.too_many_requests_are_429()
        self.a_forged_address_is_refused()
        self.what_was_asked_cannot_be_forged()


def only_proxies_are_answered(hub_port: int, token: str) -> None:
    path = "/auth/check?scope=read"
    status, _, body = ask(hub_port, bearer(token), path=path)
    expect("a stranger", (status, json.loads(body)["code"]), (403, "proxy_not_trusted"))
    expect("a proxy", ask(hub_port, bearer(token), path=path, source=PROXY)[0], 204)


def limit_exports(node: Hub, admin: str) -> None:
    policy = {"name": "exports", "path": "/exports/**", "limit": EXPORTS_AN_HOUR, "window_s": 3_600}
    expect("a policy", node.call("POST", "/api/hub/v1/limits/policies", admin, policy)[0], 201)


def traefik(hub_port: int, scene: Scene) -> None:
    """As its `forwardAuth` asks: `GET`, the headers of the client, and what was asked in `X-Forwarded-*`."""
    path = "/auth/check?scope=read"
    token, key_id = scene.key(["read"], allow_list=[CLIENT])
    told = {
        "X-Forwarded-Method": "POST",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "shop.example",
        "X-Forwarded-Uri": "/orders?page=2",
        "X-Forwarded-For": CLIENT,
    }
    status, headers, _ = ask(hub_port, bearer(token) | told, path=path, source=PROXY)
    expect("as Traefik asks", (status, headers.get("x-devhub-key-id")), (204, key_id))
    elsewhere = told | {"X-Forwarded-For": f"{CLIENT}, {OTHER_CLIENT}"}
    expect("for somebody else", ask(hub_port, bearer(token) | elsewhere, path=path, source=PROXY)[0], 403)
    in_url = told | {"X-Forwarded-Uri": f"/orders?key={token}"}
    expect("a token in the address", ask(hub_port, bearer(token) | in_url, path=path, source=PROXY)[0], 400)
    both = told | {"X-Original-URI": "/free"}
    expect("two addresses", ask(hub_port, bearer(token) | both, path=path, source=PROXY)[0], 400)
    writer, _ = scene.key(["write"])
    for words, status in [(64, 403), (65, 422)]:
        more = told | {"X-Devhub-Require-Scope": "write " * words}
        found, _, _ = ask(hub_port, bearer(writer) | more, path=path, source=PROXY)
        expect(f"{words} words beside the scope", found, status)


def check() -> None:
    service = http.server.ThreadingHTTPServer((PROXY, 0), Service)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    settings = {
        "server.trusted_proxies": f"{PROXY}/32",
        "limits.default_per_minute": str(PER_MINUTE),
        "limits.failed_authentications_per_minute": "1000",
        # What the check itself asks of the hub comes from the address of the proxies.
        "limits.exempt_networks": f"{PROXY}/32",
    }
    proxies: list[Proxy] = []
    try:
        with temporary_folder() as folder, Hub(f"{folder}/data", settings=settings) as node:
            hub_port = int(node.base.rsplit(":", 1)[1])
            admin = node.issue_key()
            only_proxies_are_answered(hub_port, admin)
            limit_exports(node, admin)
            for name in ["nginx", "caddy"]:
                proxy = Proxy(name, pathlib.Path(folder) / name, hub_port, service.server_port)
                proxies.append(proxy)
                scene = Scene(node, admin, proxy)
                scene.play()
                print(f"{name}: lets in who may come in, and says whom")
            traefik(hub_port, scene)
            print("Traefik's requests are answered")
            token, _ = scene.key(["read"])
            node.kill()
            for proxy in proxies:
                status, _, body = ask(proxy.port, bearer(token))
                expect(f"{proxy.name} without its hub, at least 500", (status >= 500, "x-devhub" in body), (True, False))
            print("without the hub nobody is let in")
    finally:
        for proxy in proxies:
            proxy.end()
        service.shutdown()


main(check)
