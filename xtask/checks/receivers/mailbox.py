"""A mail server that prints each mail that it takes as a line of JSON. Server: `aiosmtpd` from PyPI.

Without TLS: the hub trusts the certificates of public authorities only. A login is taken in clear, as the hub sends one to its own machine;
one is known. To one address nothing is delivered.
"""

import asyncio
import email
import email.policy
import json

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LOGIN = LoginPassword(b"hub", b"open-sesame-41")
UNKNOWN = "nobody@example.com"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=data == LOGIN, handled=False)


class Box:
    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address == UNKNOWN:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        said = {
            "from": mail["from"],
            "to": envelope.rcpt_tos,
            "subject": mail["subject"],
            "text": mail.get_content(),
        }
        print(json.dumps(said), flush=True)
        return "250 taken"


async def serve() -> None:
    def accept() -> SMTP:
        return SMTP(Box(), auth_require_tls=False, authenticator=authenticate)

    server = await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0)
    print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(serve())
