"""What a hub must hold so that each operation of its API has something to work on."""

import collections
import os
import threading

from hub import Failed, Hub

# Endpoints that are kept at most: a workspace may have 500, and the requests that are tried make some as well.
ENDPOINTS_MAX = 300


class Things:
    """Makes keys, endpoints, secrets, events and deliveries, and names one for each path that has a placeholder."""

    def __init__(self, node: Hub, token: str, port: int) -> None:
        self.node, self.token = node, token
        self.lock = threading.Lock()
        self.endpoints: collections.deque[str] = collections.deque()
        self.policies = 0
        self.receiver = {"url": f"http://127.0.0.1:{port}/hook", "event_types": ["*"]}
        self.made("/endpoints", self.receiver)
        # What a strict workspace takes as well: requests that are tried may make it one.
        self.sample = self.node.call("GET", "/api/hub/v1/event-types/payment.completed", token)[1]["sample"]

    def made(self, path: str, body: dict) -> dict:
        status, answer = self.node.call("POST", f"/api/hub/v1{path}", self.token, body)
        if status != 201:
            raise Failed(f"POST {path} answered {status}: {answer}")
        return answer

    def endpoint(self) -> str:
        """An endpoint that wants nothing of what is published here. The oldest goes for it: nobody asks for that any more."""
        if len(self.endpoints) == ENDPOINTS_MAX:
            self.node.call("DELETE", f"/api/hub/v1/endpoints/{self.endpoints.popleft()}", self.token)
        self.endpoints.append(self.made("/endpoints", self.receiver | {"event_types": ["invoice.paid"]})["id"])
        return self.endpoints[-1]

    def event(self) -> str:
        return self.made("/events", {"event_type": "payment.completed", "payload": self.sample})["id"]

    def event_type(self) -> str:
        """An event type of the workspace itself; made again when it was removed, and else refused, which is as good."""
        body = {"name": "order.paid", "description": "An order was paid.", "sample": {"order": 77}}
        self.node.call("POST", "/api/hub/v1/event-types", self.token, body)
        return body["name"]

    def delivery(self) -> str:
        """A delivery that has come to its end: its receiver takes everything."""
        path = f"/api/hub/v1/deliveries?state=delivered&event_id={self.event()}"
        for _ in range(2_000):
            status, answer = self.node.call("GET", path, self.token)
            if status != 200:
                raise Failed(f"listing deliveries answered {status}: {answer}")
            if answer["items"]:
                return answer["items"][0]["id"]
        raise Failed("an event was not delivered")

    def job(self) -> str:
        """A job that resends nothing, and is over soon; or the one that is not over, because there may be no second."""
        body = {"filter": {"event_type": "nothing.such"}}
        status, answer = self.node.call("POST", "/api/hub/v1/deliveries/resends", self.token, body)
        if status == 202:
            return answer["id"]
        status, answer = self.node.call("GET", "/api/hub/v1/deliveries/resends?limit=1", self.token)
        if status != 200:
            raise Failed(f"listing resend jobs answered {status}: {answer}")
        return answer["items"][0]["id"]

    def policy(self) -> str:
        """A rate policy that binds nothing. The oldest goes for it: a workspace may have 100, and those that are tried are some more."""
        listed = self.node.call("GET", "/api/hub/v1/limits/policies", self.token)[1]["items"]
        if len(listed) > 50:
            self.node.call("DELETE", f"/api/hub/v1/limits/policies/{listed[0]['id']}", self.token)
        body = {"name": self.policy_name(), "limit": 100, "window_s": 60, "path": "/nowhere"}
        return self.made("/limits/policies", body)["id"]

    def policy_name(self) -> str:
        """One that nobody has: a name is taken once, and things are made by two processes."""
        self.policies += 1
        return f"thing-{os.getpid()}-{self.policies}"

    def override(self) -> str:
        body = {"policy": "default", "subject": self.key(), "limit": 100, "window_s": 60}
        return self.made("/limits/overrides", body)["id"]

    def key(self) -> str:
        return self.made("/keys", {"label": "Shop", "scopes": ["keys:read"]})["id"]

    def headers(self, _path: str) -> dict[str, str]:
        return {}

    def body(self, path: str, body: dict) -> dict:
        """The body with what it names being there."""
        if "url" in body:
            body = body | {"url": self.receiver["url"]}
        with self.lock:
            if path.endswith(("/limits/overrides", "/limits/buckets/reset")):
                body = body | {"policy": "default", "subject": self.key()}
            if "/limits/policies" in path and "name" in body:
                body = body | {"name": self.policy_name()}
            if path.endswith("/limits/policies/reorder"):
                listed = self.node.call("GET", "/api/hub/v1/limits/policies", self.token)[1]["items"]
                body = body | {"ids": [policy["id"] for policy in reversed(listed)]}
        return body

    def old_secret(self, endpoint: str) -> str:
        """A secret of an endpoint in its grace, which can be retired."""
        self.made(f"/endpoints/{endpoint}/secrets", {})
        return self.node.call("GET", f"/api/hub/v1/endpoints/{endpoint}/secrets", self.token)[1]["items"][1]["id"]

    def parameters(self, path: str) -> dict[str, str]:
        """A value for each placeholder of a path, naming something that is there and untouched."""
        with self.lock:
            if "{name}" in path:
                return {"name": self.event_type()}
            if "{id}" not in path:
                return {}
            noun = path.split("/{id}")[0].rsplit("/", 1)[1]
            makers = {
                "keys": self.key,
                "endpoints": self.endpoint,
                "events": self.event,
                "deliveries": self.delivery,
                "resends": self.job,
                "policies": self.policy,
                "overrides": self.override,
                "workspaces": lambda: self.node.call("GET", "/api/hub/v1/whoami", self.token)[1]["workspace_id"],
            }
            entry = makers[noun]()
            if "{secret_id}" in path:
                return {"id": entry, "secret_id": self.old_secret(entry)}
            if "{number}" in path:
                return {"id": entry, "number": "1"}
            return {"id": entry}
