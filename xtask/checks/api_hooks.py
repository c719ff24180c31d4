"""Gives requests that are meant to be valid something that is there: a random id meets nothing, and only 404 would be tested."""

import os
import random

import schemathesis
from schemathesis.generation import GenerationMode

from hub import Hub
from merchant_things import API, MerchantThings
from things import Things

chance = random.Random(1)
node, token = Hub.at(os.environ["DEVHUB_CHECK_BASE"]), os.environ["DEVHUB_CHECK_TOKEN"]
things = Things(node, token, int(os.environ["DEVHUB_CHECK_RECEIVER"]))
merchant = MerchantThings(node, token)
# The key that asks, which must not be revoked by what it asks: ids come back out of lists.
own_id = node.call("GET", "/api/hub/v1/whoami", token)[1]["key_id"]
nobody = f"key_{'0' * 26}"


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Three of four valid requests meet what they name; the others keep their invented ids."""
    if (case.path_parameters or {}).get("id") == own_id:
        case.path_parameters["id"] = nobody
    is_valid = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if not is_valid and case.operation.path.startswith(API):
        sharpen(case)
    if not is_valid or chance.random() < 0.25:
        return
    if case.operation.path.startswith(API):
        meet(case)
        return
    if case.path_parameters:
        case.path_parameters.update(things.parameters(case.operation.path))
    if case.method.upper() in {"PATCH", "PUT"}:
        case.headers["If-Match"] = "*"
    if "/workspaces/" in case.path and isinstance(case.body, dict):
        # A strict workspace would refuse nearly every event that is tried later.
        case.body["event_checks"] = "off"
    if "/limits/" in case.path and isinstance(case.body, dict) and chance.random() < 0.5:
        case.body = things.body(case.path, case.body)
    if case.path.endswith("/keys/verify") and isinstance(case.body, dict) and chance.random() < 0.5:
        case.body["token"] = things.token


def sharpen(case) -> None:
    """What breaks the document and is accepted all the same, because shops send it: an empty number of a page, `[]` for no body (contract
    rule 7). Something takes its place that nobody may accept."""
    for name in ("page", "per_page"):
        value = (case.query or {}).get(name, 1)
        # A list or an object may be written as nothing, too.
        if value == "" or not isinstance(value, (int, float, str)):
            case.query[name] = "none"
    is_blank = isinstance(case.body, (bytes, str)) and not case.body.strip()
    if case.body == [] or is_blank:
        case.body = b"{" if isinstance(case.body, bytes) else 7


def meet(case) -> None:
    """The same for OwnPay's API, whose bodies are mostly texts that mean nothing."""
    path = case.operation.path
    if case.path_parameters:
        case.path_parameters.update(merchant.parameters(path))
    case.headers.update(merchant.headers(path))
    if isinstance(case.body, dict) and chance.random() < 0.5:
        case.body = merchant.body(path, case.body)
