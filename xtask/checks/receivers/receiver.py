"""A receiver that verifies with `standardwebhooks` from PyPI.

Usage: receiver.py <secret>. Prints `port <n>` when it listens, then one JSON line a request.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook

SECRET = sys.argv[1]


def verifies(body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(SECRET).verify(body, headers)
    except Exception:
        return False
    return True


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        changed = bytes([body[0] ^ 1]) + body[1:]
        report = {
            "verifier": "standardwebhooks (PyPI)",
            "verified": verifies(body, headers),
            "changed_refused": not verifies(changed, headers),
        }
        print(json.dumps(report), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(f"port {server.server_port}", flush=True)
server.serve_forever()
