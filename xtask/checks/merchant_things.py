"""What the platform behind OwnPay's API must hold so that each of its operations has something to work on."""

import urllib.error
import urllib.parse
import urllib.request

from hub import Failed, Hub

API = "/api/v1/"
OWNER = "ada@shop.example"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The answer to a form says where to go next, and nobody goes there."""

    def redirect_request(self, *_: object) -> None:
        return None


class MerchantThings:
    """Makes payments, pays them as a payer does, refunds them, and makes customers and keys; names one for each path."""

    def __init__(self, node: Hub, token: str) -> None:
        self.node, self.token = node, token
        self.customers = 0

    def made(self, path: str, body: dict, headers: dict[str, str] | None = None) -> dict:
        status, answer = self.node.call("POST", API + path, self.token, body, headers)
        if status != 201:
            raise Failed(f"POST {API}{path} answered {status}: {answer}")
        return answer["data"]

    def payment(self) -> dict:
        return self.made("payments", {"amount": "10.00", "currency": "USD", "reference": "77"})

    def transaction(self) -> str:
        """The trx_id of a payment that was paid."""
        payment = self.payment()
        form = urllib.parse.urlencode({"gateway": "test_card", "outcome": "success"}).encode()
        target = f"{self.node.base}/checkout/intent/{payment['token']}/pay"
        try:
            urllib.request.build_opener(NoRedirect).open(target, data=form, timeout=30).close()
        except urllib.error.HTTPError as answer:
            if answer.code != 303:
                raise Failed(f"paying answered {answer.code}") from answer
        status, found = self.node.call("GET", f"{API}payments/{payment['payment_id']}", self.token)
        if status != 200 or found["data"]["status"] != "completed":
            raise Failed(f"a payment that was paid answered {status}: {found}")
        return found["data"]["trx_id"]

    def refunded(self) -> str:
        """The trx_id of a payment of which something went back."""
        trx_id = self.transaction()
        self.made("refunds", {"trx_id": trx_id, "amount": "1.00"})
        return trx_id

    def email(self) -> str:
        """An address that no customer has."""
        self.customers += 1
        return f"ada-{id(self)}-{self.customers}@shop.example"

    def customer(self) -> str:
        email = self.email()
        self.made("customers", {"name": "Ada", "email": email})
        return email

    def key(self) -> str:
        """A key that may be revoked. It is known by what its token shows, because others make and revoke keys meanwhile."""
        headers = {"x-super-admin-email": OWNER}
        made = self.made("api-keys", {"name": "Shop", "scopes": ["read"]}, headers)
        listed = self.node.call("GET", f"{API}api-keys", self.token, headers=headers)[1]["data"]
        return next(key["id"] for key in listed if key["prefix"] == made["prefix"])

    def parameters(self, path: str) -> dict[str, str]:
        """A value for each placeholder of a path, naming something that is there."""
        if "{id}" not in path:
            return {}
        makers = {
            "payments": lambda: self.payment()["payment_id"],
            "payment-intents": lambda: self.payment()["payment_id"],
            "transactions": self.transaction,
            "refunds": self.refunded,
            "customers": self.customer,
            "api-keys": self.key,
        }
        return {"id": makers[path.removeprefix(API).split("/")[0]]()}

    def headers(self, path: str) -> dict[str, str]:
        return {"x-super-admin-email": OWNER} if path.startswith(f"{API}api-keys") else {}

    def body(self, path: str, body: dict) -> dict:
        """The body with what it names being there, and what nobody may have yet being new."""
        if path == f"{API}refunds":
            return body | {"trx_id": self.transaction(), "amount": "1.00"}
        if path == f"{API}customers":
            return body | {"email": self.email()}
        return body
