"""The API does what its own document says.

The document that the hub serves is the one that is committed. Each of its examples fits its schema. Each operation is asked once with
its own example and must answer 2xx as described. Then schemathesis asks thousands of times, with valid and invalid requests, and
compares every answer with the document. OwnPay's API is asked by itself, as often as all the rest. `DEVHUB_TEST_FULL` asks ten times
as often.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

import hub
from hub import ROOT, Failed, Hub, temporary_folder
from merchant_things import API, OWNER, MerchantThings
from receivers.silent import receiver
from things import Things

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = pathlib.Path(os.environ.get("DEVHUB_TEST_TOOLS", ROOT / "target" / "tools"))
PYTHON = TOOLS / "venv" / "bin" / "python"
if pathlib.Path(sys.prefix).resolve() != PYTHON.parents[1].resolve():
    os.execv(PYTHON, [str(PYTHON), "-B", *sys.argv])

import jsonschema_rs  # noqa: E402  comes with schemathesis, in that Python alone

ANY_METHOD = "/auth/check"
# What may answer a request that breaks the document: what schemathesis knows itself, and 413 where it breaks by its length.
SETTINGS = """
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]
"""
METHODS = {"get", "post", "put", "patch", "delete"}
CASES_MIN = 3_000
CASES_AN_OPERATION = 1_000 if os.environ.get("DEVHUB_TEST_FULL") else 100
# OwnPay's API has fewer operations, and is to be asked as often.
MERCHANT_CASES_AN_OPERATION = 3_000 if os.environ.get("DEVHUB_TEST_FULL") else 300
# Not asked: that every request that fits the schema is accepted. An id that nobody has is 404, a stale revision 412.
CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "unsupported_method",
        "allow_header_conformance",
        "ignored_auth",
    ]
)


def operations(document: dict):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method.upper(), operation


def resolved(document: dict, part: dict) -> dict:
    while "$ref" in part:
        target = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = target
    return part


def fits(document: dict, schema: dict, value: object) -> str | None:
    """What is wrong with a value, if anything."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"], **schema}
    errors = [str(error).splitlines()[0] for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(value)]
    return "; ".join(errors) or None


def examples(media: dict) -> list:
    named = [example["value"] for example in media.get("examples", {}).values()]
    return named + ([media["example"]] if "example" in media else [])


def check_examples(document: dict) -> int:
    """Every example of a body, a parameter and a schema fits; bodies have one."""
    count = 0
    places = []
    for path, method, operation in operations(document):
        bodies = [("request", resolved(document, operation["requestBody"]))] if "requestBody" in operation else []
        bodies += [(status, resolved(document, answer)) for status, answer in operation["responses"].items()]
        for place, body in bodies:
            for media in body.get("content", {}).values():
                if not examples(media):
                    raise Failed(f"{method} {path}: no example of {place}")
                places += [(f"{method} {path} {place}", media["schema"], example) for example in examples(media)]
        for parameter in operation.get("parameters", []):
            parameter = resolved(document, parameter)
            if "example" in parameter:
                places.append((f"{method} {path} {parameter['name']}", parameter["schema"], parameter["example"]))
    for name, schema in document["components"]["schemas"].items():
        places += [(name, {"$ref": f"#/components/schemas/{name}"}, example) for example in schema.get("examples", [])]
    for place, schema, example in places:
        count += 1
        if wrong := fits(document, schema, example):
            raise Failed(f"an example of {place} does not fit its schema: {wrong}")
    return count


def ask_each_once(document: dict, node: Hub, token: str, both: tuple[Things, MerchantThings]) -> dict[str, int]:
    """Each operation with its own example answers 2xx, with a body as described; the statuses."""
    statuses = {}
    for path, method, operation in operations(document):
        things = both[path.startswith(API)]
        target = path
        for name, value in things.parameters(path).items():
            target = target.replace(f"{{{name}}}", value)
        body = None
        if "requestBody" in operation:
            media = resolved(document, operation["requestBody"])["content"]["application/json"]
            body = things.body(path, examples(media)[0])
        headers = {"if-match": "*"} if method in {"PATCH", "PUT"} else things.headers(path)
        status, answer = node.call(method, target, token, body, headers=headers)
        described = operation["responses"].get(str(status))
        # A job over so little has come to its end before it can be paused.
        is_over = status == 409 and answer["code"] == "resend_job_over"
        if not (200 <= status < 300 or is_over) or described is None:
            raise Failed(f"{method} {target} answered {status}: {answer}")
        content = resolved(document, described).get("content", {})
        if content and (wrong := fits(document, next(iter(content.values()))["schema"], answer)):
            raise Failed(f"{method} {target}: the answer is not as described: {wrong}")
        statuses[f"{method} {path}"] = status
    return statuses


def run_schemathesis(node: Hub, token: str, port: int, folder: str) -> list[pathlib.Path]:
    """Three reports: `/auth/check` alone answers every method, because proxies ask with that of the request; OwnPay's API by itself."""
    methods = {"unsupported_method", "allow_header_conformance"}
    checks = ",".join(check for check in CHECKS.split(",") if check not in methods)
    return [
        ask(node, token, port, folder, ["--include-path", ANY_METHOD, "--checks", checks]),
        ask(
            node, token, port, folder,
            ["--exclude-path", ANY_METHOD, "--exclude-path-regex", f"^{API}", "--checks", CHECKS],
        ),
        ask(
            node, token, port, folder,
            ["--include-path-regex", f"^{API}", "--checks", CHECKS],
            MERCHANT_CASES_AN_OPERATION,
        ),
    ]  # fmt: skip


def ask(
    node: Hub, token: str, port: int, folder: str, what: list[str], cases: int = CASES_AN_OPERATION
) -> pathlib.Path:
    (pathlib.Path(folder) / "schemathesis.toml").write_text(SETTINGS)
    report = pathlib.Path(folder) / f"{what[0].strip('-')}.har"
    command = [
        str(TOOLS / "venv/bin/schemathesis"), "run", f"{node.base}/openapi.json",
        "--header", f"Authorization:Bearer {token}",
        *what,
        "--phases", "examples,coverage,fuzzing",
        "--max-examples", str(cases),
        "--seed", "1",
        # One: Python 3.11 counts the depth of syntax trees for all threads together, and two that parse at once end in a SystemError.
        "--workers", "1",
        "--request-timeout", "30",
        "--continue-on-failure",
        "--suppress-health-check", "all",
        "--warnings", "off",
        "--report", "har",
        "--report-har-path", str(report),
    ]  # fmt: skip
    environment = {
        "SCHEMATHESIS_HOOKS": "api_hooks",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DEVHUB_CHECK_BASE": node.base,
        "DEVHUB_CHECK_TOKEN": token,
        "DEVHUB_CHECK_RECEIVER": str(port),
    }
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        print(done.stdout[-20_000:])
        raise Failed(f"schemathesis exited with {done.returncode}")
    return report


def counts(document: dict, reports: list[pathlib.Path]) -> dict[str, collections.Counter]:
    """Answers by operation and status, from the log of all exchanges."""
    table = {f"{method} {path}": collections.Counter() for path, method, _ in operations(document)}
    patterns = [
        (method, re.compile(re.sub(r"\{[^}]+\}", "[^/]*", path) + "$"), f"{method} {path}")
        for path, method, _ in sorted(operations(document), key=lambda entry: entry[0].count("{"))
    ]
    for entry in (entry for report in reports for entry in json.loads(report.read_text())["log"]["entries"]):
        method, target = entry["request"]["method"], urllib.parse.urlsplit(entry["request"]["url"]).path
        name = next((name for known, pattern, name in patterns if known == method and pattern.match(target)), None)
        table.setdefault(name or "other methods and paths", collections.Counter())[entry["response"]["status"]] += 1
    return table


def judge(table: dict[str, collections.Counter], asked: set[str]) -> None:
    total = sum(sum(row.values()) for row in table.values())
    for name, row in table.items():
        print(f"{name:<62}" + "  ".join(f"{status}: {row[status]}" for status in sorted(row)))
    print(f"{total} requests, {len(asked)} operations")
    merchant = sum(sum(row.values()) for name, row in table.items() if f" {API}" in name)
    print(f"{merchant} of them to OwnPay's API")
    if min(merchant, total - merchant) < CASES_MIN:
        raise Failed(f"only {total} requests were made, {merchant} of them to OwnPay's API")
    if broken := [name for name, row in table.items() if any(status >= 500 or status == 0 for status in row)]:
        raise Failed(f"answered 5xx or not at all: {', '.join(broken)}")
    if never := [name for name in asked if not any(200 <= status < 300 for status in table[name])]:
        raise Failed(f"never answered 2xx: {', '.join(sorted(never))}")


def check() -> None:
    settings = {"limits.exempt_networks": "127.0.0.0/8", "server.auth_check": "anybody"}
    with temporary_folder() as folder, receiver() as (port, _), Hub(f"{folder}/data", settings=settings) as node:
        token = node.issue_key()
        status, document = node.call("GET", "/openapi.json", token)
        if status != 200 or document != json.loads((ROOT / "docs" / "openapi.json").read_text()):
            raise Failed("the document that is served is not docs/openapi.json; run: cargo xtask gen")
        print(f"{check_examples(document)} examples fit their schemas")
        node.add_operator(OWNER)
        things = (Things(node, token, port), MerchantThings(node, token))
        statuses = ask_each_once(document, node, token, things)
        print(f"{len(statuses)} operations answer their own examples as described")
        table = counts(document, run_schemathesis(node, token, port, folder))
        # schemathesis leaves out where it got the document from; what it asked is judged by its own log alone.
        source = "GET /openapi.json"
        table[source][statuses[source]] += 1
        judge(table, set(statuses))


hub.main(check)
