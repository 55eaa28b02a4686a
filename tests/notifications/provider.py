"""A provider of mail on a port of its own: an HTTP server that answers what it is told and keeps what it was sent."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeProvider:
    """Speaks as Postmark does. ``orders`` are the next answers: a status with a body, "hang up" or "silence"."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.requests: list[dict[str, Any]] = []
        self.orders: list[Any] = []

    def answer(self, posted: dict[str, Any]) -> Any:
        self.requests.append(posted)
        if self.orders:
            return self.orders.pop(0)
        said = {"ErrorCode": 0, "Message": "OK", "MessageID": f"pm-{len(self.requests)}", "To": posted["To"]}
        return 200, said


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    kept: list[FakeProvider] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            order = kept[0].answer(posted | {"token": self.headers["X-Postmark-Server-Token"]})
            if order == "hang up":
                self.connection.close()
                return
            if order == "silence":
                time.sleep(1.5)
                return
            status, body = order
            said = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.append(FakeProvider(server.server_port))
    # Half a second, the default, is how long each test would wait for the end.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield kept[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
