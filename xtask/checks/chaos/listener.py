"""The receiver's process: takes webhooks, verifies them itself, and tells what came, one JSON line a request.

A process of its own, so that neither the load nor the verdict takes its time. Commands come on standard input, one a line, and are
answered by a line: `hold` (answer nothing), `release` (answer what was held, and everything after it), `delay <path> <seconds>`. It
ends with its input, so that nothing is left behind when the check dies.

A signature is verified by the definition of Standard Webhooks 1.0.0: HMAC-SHA256 of `id.timestamp.body` under the decoded secret.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time

# Seconds that the timestamp of a request may be off, as in the libraries of Standard Webhooks.
TOLERANCE_S = 300
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


def verifies(secret: bytes, headers: dict[str, str], body: bytes, now: float) -> bool:
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdigit() or abs(int(sent_at) - now) > TOLERANCE_S:
        return False
    signed = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(wanted, given) for given in headers.get("webhook-signature", "").split(" "))


class Listener:
    """What all connections share."""

    def __init__(self, secret: str) -> None:
        self.secret = base64.b64decode(secret.removeprefix("whsec_"))
        self.is_holding = False
        self.held: list[Connection] = []
        self.delays: dict[str, float] = {}
        self.open: dict[str, int] = {}

    def tell(self, **line: object) -> None:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    def command(self, line: str) -> None:
        word, *rest = line.split()
        if word == "hold":
            self.is_holding = True
        elif word == "release":
            self.is_holding = False
            for connection in self.held:
                connection.answer()
            self.held.clear()
        elif word == "delay":
            self.delays[rest[0]] = float(rest[1])
        self.tell(done=line)

    def arrived(self, connection: "Connection", path: str, headers: dict[str, str], body: bytes) -> None:
        self.open[path] = self.open.get(path, 0) + 1
        self.tell(
            path=path,
            id=headers.get("webhook-id", ""),
            at=time.monotonic(),
            is_genuine=verifies(self.secret, headers, body, time.time()),
            open=self.open[path],
        )
        if self.is_holding:
            self.held.append(connection)
        elif delay := self.delays.get(path):
            asyncio.get_running_loop().call_later(delay, connection.answer)
        else:
            connection.answer()


class Connection(asyncio.Protocol):
    """One connection: one request after another, as HTTP/1.1 clients send them."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.buffer = b""
        self.path: str | None = None

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, mark, rest = self.buffer.partition(b"\r\n\r\n")
        if not mark or self.path is not None:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        self.path = first.split(" ")[1]
        self.listener.arrived(self, self.path, headers, rest[:length])

    def closed(self) -> None:
        """The request is over, by an answer or because its sender is gone."""
        if self.path is not None:
            self.listener.open[self.path] -= 1
            self.path = None

    def answer(self) -> None:
        if self.path is not None:
            self.closed()
            self.transport.write(ANSWER)
            self.data_received(b"")

    def connection_lost(self, _: Exception | None) -> None:
        self.closed()


async def main() -> None:
    listener = Listener(sys.argv[1])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(listener), "127.0.0.1", 0, backlog=1024)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    listener.tell(port=server.sockets[0].getsockname()[1])
    while line := await commands.readline():
        listener.command(line.decode())


if __name__ == "__main__":
    asyncio.run(main())
