"""What a hub must hold so that each operation of its API has something to work on."""

import threading

from hub import Failed, Hub


class Things:
    """Makes keys, endpoints, events and deliveries, and names one for each path that has a placeholder."""

    def __init__(self, node: Hub, token: str, port: int) -> None:
        self.node, self.token = node, token
        self.lock = threading.Lock()
        self.receiver = {"url": f"http://127.0.0.1:{port}/hook", "event_types": ["*"]}
        self.made("/endpoints", self.receiver)

    def made(self, path: str, body: dict) -> dict:
        status, answer = self.node.call("POST", f"/api/hub/v1{path}", self.token, body)
        if status != 201:
            raise Failed(f"POST {path} answered {status}: {answer}")
        return answer

    def event(self) -> str:
        return self.made("/events", {"event_type": "payment.completed", "payload": {"amount": "10.00"}})["id"]

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

    def parameters(self, path: str) -> dict[str, str]:
        """A value for each placeholder of a path, naming something that is there and untouched."""
        with self.lock:
            if "{name}" in path:
                return {"name": "payment.completed"}
            if "{id}" not in path:
                return {}
            noun = path.split("/{id}")[0].rsplit("/", 1)[1]
            makers = {
                "keys": lambda: self.made("/keys", {"label": "Shop", "scopes": ["keys:read"]})["id"],
                "endpoints": lambda: self.made("/endpoints", {"url": self.receiver["url"], "event_types": ["invoice.paid"]})["id"],
                "events": self.event,
                "deliveries": self.delivery,
                "workspaces": lambda: self.node.call("GET", "/api/hub/v1/whoami", self.token)[1]["workspace_id"],
            }
            return {"id": makers[noun]()}
