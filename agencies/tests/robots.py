"""Products with group robots, as a real HTTP server on this machine answers for them."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WECOM_PATH = "/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
DINGTALK_PATH = "/robot/send?access_token=566cc69da782ec33a42fefbb27b57f0d"
FEISHU_PATH = "/open-apis/bot/v2/hook/0f5d8b3e-aaaa-bbbb-cccc-3c5d77e1c2d4"
WECOM_TAKEN: Mapping[str, Any] = {"errcode": 0, "errmsg": "ok"}
FEISHU_TAKEN: Mapping[str, Any] = {"StatusCode": 0, "code": 0, "data": {}, "msg": "success"}


@dataclass
class Product:
    """What was asked of it, and how it answers: a status, a body, other headers, after a while."""

    port: int = 0
    status: int = 200
    answer: Mapping[str, Any] | bytes = field(default_factory=lambda: WECOM_TAKEN)
    headers: Mapping[str, str] = field(default_factory=dict)
    waits: float = 0
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def texts(self) -> list[str]:
        """The texts that arrived, of whichever product."""
        bodies = [body for _path, body in self.asked]
        return [
            (body.get("text") or body["content"]).get("content") or body["content"]["text"]
            for body in bodies
        ]


@contextlib.contextmanager
def product() -> Iterator[Product]:
    """A product's server, for as long as the block runs."""
    robot = Product()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            robot.asked.append((self.path, json.loads(body)))
            time.sleep(robot.waits)
            answer = robot.answer
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            with contextlib.suppress(OSError):
                self.send_response(robot.status)
                for name, value in robot.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    robot.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield robot
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def socket_that(
    does: Callable[[socket.socket], None] = socket.socket.close,
) -> Iterator[tuple[int, list[str]]]:
    """A port of this machine and who connected to it; `does` is done to each line."""
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.02)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    line, peer = listening.accept()
                    seen.append(str(peer))
                    does(line)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield listening.getsockname()[1], seen
        finally:
            ended.set()
            thread.join()
