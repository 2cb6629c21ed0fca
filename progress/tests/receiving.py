"""A system that webhooks tell: a real HTTP server on this machine, which verifies what it is sent
by the public specification alone."""

import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def keys(self) -> list[tuple[str, str]]:
        return [(one["kind"], one["key"]) for one in self.message["results"]]

    def is_signed_with(self, secret: str) -> bool:
        """As https://www.standardwebhooks.com/ says, written anew."""
        key = base64.b64decode(secret.split("_", 1)[1])
        signed = b".".join(
            [
                self.headers["webhook-id"].encode(),
                self.headers["webhook-timestamp"].encode(),
                self.body,
            ]
        )
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{expected}" in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """What it was sent, and how it answers: a status, a body, other headers, after a while.

    `statuses` are those of the next answers, before `status` counts again; `meets` is called with
    each message before it is answered.
    """

    port: int = 0
    status: int = 204
    statuses: list[int] = field(default_factory=list)
    answer: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    waits: float = 0
    received: list[Received] = field(default_factory=list)
    meets: Callable[[Received], object] = lambda _got: None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"{self.origin}/changes?of=pilot"

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """What it was told of, in the order in which it was told."""
        return [key for one in self.received for key in one.keys]


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver, for as long as the block runs."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.received.append(got := Received(self.path, headers, body))
            told.meets(got)
            time.sleep(told.waits)
            with contextlib.suppress(OSError):
                self.send_response(told.statuses.pop(0) if told.statuses else told.status)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(told.answer)))
                self.end_headers()
                self.wfile.write(told.answer)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
