"""A web server of this machine that answers as a test wants it to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Web:
    """A web server on this machine: its address, and the requests it got as (path, what it was logged in with)."""

    address: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)


@contextmanager
def web(**answers: Callable) -> Iterator[Web]:
    """Answers `/name...` with the function of that name, which is given the handler and the server."""
    served = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served.asked.append((self.path, self.headers.get("Authorization", "")))
            self.close_connection = True
            try:
                answers[urlsplit(self.path).path.strip("/").partition("/")[0].partition(".")[0]](self, served)
            except (BrokenPipeError, ConnectionResetError):
                served.gone.set()

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        served.address = f"http://127.0.0.1:{server.server_port}"
        yield served
        served.gone.set()
        server.shutdown()


def head(handler: BaseHTTPRequestHandler, status: int = 200, **headers: object) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
