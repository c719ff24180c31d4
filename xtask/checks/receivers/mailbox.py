"""A mail server that prints each mail that it takes as a line of JSON. Server: `aiosmtpd` from PyPI.

Without TLS and so without a login: the hub sends no password in clear, and trusts the certificates of public authorities only.
"""

import asyncio
import email
import email.policy
import json

from aiosmtpd.smtp import SMTP, Envelope, Session


class Box:
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
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Box()), "127.0.0.1", 0)
    print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(serve())
