"""Somebody who pays at the sandbox's checkout, by its forms, and the shop that asks for it by OwnPay's API. Standard library only."""

import http.client
import urllib.parse

from hub import Failed, Hub
from visitor import Answer, Visitor

GATEWAY = "test_card"


class Sandbox:
    """Payments of 10.00 USD, by the number of their order."""

    def __init__(self, node: Hub, token: str) -> None:
        self.node, self.token = node, token

    def _call(self, method: str, path: str, status: int, body: object = None) -> dict:
        given, answer = self.node.call(method, f"/api/v1{path}", self.token, body)
        if given != status:
            raise Failed(f"{method} {path} answers {given}: {answer}")
        return answer["data"]

    def ask(self, number: int) -> dict:
        """Asks for a payment, as a shop does."""
        asked = {"amount": "10.00", "currency": "USD", "reference": str(number), "metadata": {"whmcs_invoice_id": str(number)}}
        return self._call("POST", "/payments", 201, asked)

    def find(self, payment: dict) -> dict:
        return self._call("GET", f"/payments/{payment['payment_id']}", 200)

    def refund(self, payment: dict, **asked: str) -> dict:
        return self._call("POST", "/refunds", 201, {"trx_id": self.find(payment)["trx_id"]} | asked)

    def press(self, payment: dict, action: str, fields: dict[str, str]) -> None:
        """Opens the checkout and sends one of its forms: `pay` or `cancel`."""
        path = urllib.parse.urlsplit(payment["checkout_url"]).path
        visitor = Visitor(self._send)
        page = visitor.get(path).require(200)
        visitor.submit(page, f"{path}/{action}", fields).require(303)

    def pay(self, payment: dict, outcome: str) -> None:
        self.press(payment, "pay", {"gateway": GATEWAY, "outcome": outcome})

    def _send(self, method: str, target: str, headers: dict[str, str], body: bytes, _shows: bool) -> Answer:
        address = urllib.parse.urlsplit(self.node.base)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
        connection.request(method, target, body=body or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return Answer(f"{method} {target}", answer.status, answer.getheaders(), content)
