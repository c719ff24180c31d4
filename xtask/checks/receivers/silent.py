"""A receiver that takes whatever comes and shows nothing of it."""

import contextlib
import http.server
import queue
import threading


@contextlib.contextmanager
def receiver():
    """Yields a port, and a function that waits for the next request and returns its path."""
    arrivals: queue.Queue[str] = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(204)
            self.end_headers()
            arrivals.put(self.path)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # A hub that ends leaves connections behind.
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], lambda: arrivals.get(timeout=60)
    finally:
        server.shutdown()
