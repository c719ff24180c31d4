"""What a receiver of webhooks is asked with: a genuine request, what else it must accept, and forgeries."""

import base64
import dataclasses
import hashlib
import hmac
import json
import time

OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@dataclasses.dataclass(frozen=True)
class Request:
    """A request as it is sent: names of headers in lower case."""

    headers: dict[str, str]
    body: bytes

    def but(self, body: bytes | None = None, **headers: str | None) -> "Request":
        """The same with another body or other headers: `id`, `timestamp`, `signature`; without those that are `None`."""
        changed = self.headers | {f"webhook-{name}": value for name, value in headers.items()}
        kept = {name: value for name, value in changed.items() if value is not None}
        return Request(kept, self.body if body is None else body)


def sign(key: bytes, id: str, timestamp: str, body: bytes) -> str:
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


class Forger:
    """Makes requests of a genuine one. What it signs itself has the real secret, so that only the one thing is wrong."""

    def __init__(self, genuine: Request, secret: str) -> None:
        self.genuine = genuine
        self.secret = secret
        self.signature = genuine.headers["webhook-signature"]
        self.now = int(time.time())

    def signed(self, id: str, timestamp: str, secret: str | None = None, body: bytes | None = None) -> Request:
        signature = sign(key_of(secret or self.secret), id, timestamp, self.genuine.body if body is None else body)
        return self.genuine.but(body, id=id, timestamp=timestamp, signature=signature)

    def accepted(self) -> dict[str, Request]:
        id = self.genuine.headers["webhook-id"]
        digest = self.signature.removeprefix("v1,")
        return {
            "as it was sent": self.genuine,
            "sent twice": self.genuine,
            "after another secret's signature": self.genuine.but(
                signature=f"{sign(b'x' * 24, 'evt_1', '1', b'')} {self.signature}"
            ),
            "beside versions that are not known": self.genuine.but(signature=f"v1a,{digest} junk v2, {self.signature}"),
            "signed with the other secret of a rotation": self.signed(id, str(self.now), OTHER_SECRET),
            "280 seconds old": self.signed("evt_old", str(self.now - 280)),
            "280 seconds ahead": self.signed("evt_ahead", str(self.now + 280)),
            # Last, so that what it puts in the place of the first would be seen.
            "sent again with another body": self.signed(id, str(self.now), body=b"{}"),
        }

    def refused(self) -> dict[str, Request]:
        genuine, digest = self.genuine, self.signature.removeprefix("v1,")
        timestamp = genuine.headers["webhook-timestamp"]
        bodies = {
            "with a changed byte": bytes([genuine.body[0] ^ 1]) + genuine.body[1:],
            "with a byte more": genuine.body + b"\n",
            "parsed and written again": json.dumps(json.loads(genuine.body), indent=1).encode(),
            "without its body": b"",
        }
        signatures = {
            "": "empty",
            "v1,": "empty after its version",
            digest: "without a version",
            f"v1a,{digest}": "of another version",
            self.signature[:-1]: "cut short",
            self.signature.upper(): "in capitals",
            f"v1,{digest},{digest}": "with a comma between",
            "v1,\xe9\xe8": "not ASCII",
        }
        seconds = ["soon", "-1", f"+{self.now}", f"{self.now}.0", f"{self.now}000", f"{self.now}e0", f"0x{self.now:x}"]
        ids = ["evt.1", "../evt_1", "evt 1", "e" * 300]
        headers = ("id", "timestamp", "signature")
        return (
            {name: genuine.but(body) for name, body in bodies.items()}
            | {f"without webhook-{name}": genuine.but(**{name: None}) for name in headers}
            | {f"signature {why}": genuine.but(signature=value) for value, why in signatures.items()}
            | {f"signed at {text!r}": self.signed("evt_odd", text) for text in seconds}
            | {f"signed as {text!r}": self.signed(text, str(self.now)) for text in ids}
            | {
                "with another id": genuine.but(id="evt_other"),
                "with another instant": genuine.but(timestamp=str(int(timestamp) + 1)),
                "320 seconds old": self.signed("evt_stale", str(self.now - 320)),
                "320 seconds ahead": self.signed("evt_early", str(self.now + 320)),
                "signed with a stranger's key": genuine.but(
                    signature=sign(b"x" * 24, genuine.headers["webhook-id"], timestamp, genuine.body)
                ),
                "signed with the secret's text": genuine.but(
                    signature=sign(self.secret.encode(), genuine.headers["webhook-id"], timestamp, genuine.body)
                ),
            }
        )
