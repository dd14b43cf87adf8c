"""A page of another site, or of another port, can neither read nor drive the app; a browser that opened it can."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.server import Server, serving

PUBLIC = "https://courtside.example.org"
ROUTES = [
    ("GET", "/"),
    ("GET", "/training"),
    ("GET", "/_stcore/health"),
    ("GET", "/_stcore/host-config"),
    ("GET", "/media/0123.csv"),
    ("GET", "/component/streamlit_option_menu.option_menu/index.html"),
    ("GET", "/_stcore/bidi-components/any/index.js"),
    ("PUT", "/_stcore/upload_file/session/file"),
    ("DELETE", "/_stcore/upload_file/session/file"),
    ("OPTIONS", "/_stcore/upload_file/session/file"),
]


@contextmanager
def network() -> Iterator[tuple[str, list[str]]]:
    """All of the network that the app can reach, behind a proxy: its address and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def do_CONNECT(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@contextmanager
def watched(home: Path, script: str) -> Iterator[tuple[Server, list[str]]]:
    """The app, known to its readers by `PUBLIC` too, and what it asked the network for."""
    with network() as (proxy, asked), pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURTSIDE_URL", f"{PUBLIC}/")
        for name in ("http_proxy", "https_proxy"):
            patch.setenv(name, proxy)
        patch.setenv("no_proxy", "localhost,127.0.0.1")
        with serving(home, script) as server:
            yield server, asked


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Iterator[tuple[Server, list[str]]]:
    """The app as `make run` starts it."""
    with watched(tmp_path_factory.mktemp("door") / "home", "pages/server/app.py") as started:
        yield started


def asked(server: Server, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of the answer to a request with exactly these headers; a "_" stands for a hyphen."""
    connection = http.client.HTTPConnection("127.0.0.1", port(server), timeout=30)
    connection.putrequest(method, path, skip_host=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read().decode()
    connection.close()
    return found


def opened(server: Server, host: str, origin: str | None) -> int:
    """The status with which a websocket is answered; 101 opens it."""
    lines = [
        "GET /_stcore/stream HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: streamlit", *([f"Origin: {origin}"] if origin else []),
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", port(server)), 30) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(connection.recv(4096).split()[1])


def port(server: Server) -> int:
    return int(server.address.rpartition(":")[2])


def hostile(number: int) -> list[tuple[str, str]]:
    """(Host, Origin) as pages of others send them, to a server on this port."""
    here = f"localhost:{number}"
    return [
        (f"evil.example:{number}", f"http://evil.example:{number}"),  # its name leads here by now
        (f"localhost.evil.example:{number}", f"http://localhost.evil.example:{number}"),
        (f"0.0.0.0:{number}", f"http://0.0.0.0:{number}"),
        (f"evil@localhost:{number}", f"http://localhost:{number}"),
        (here, "http://evil.example"),
        (here, "http://localhost:9999"),
        (here, f"http://127.0.0.1:{number}"),
        (here, f"http://{here}.evil.example"),
        (here, f"ftp://{here}"),
        (here, "null"),
        (here, "http://courtside.example.org"),
        ("courtside.example.org", f"http://{here}"),
        ("", f"http://{here}"),
    ]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_page_of_others_is_refused_on_every_route(app, method, path):
    server, network = app
    for host, origin in hostile(port(server)):
        status, headers, text = asked(server, method, path, Host=host, Origin=origin)
        assert status == 403, (host, origin)
        assert "access-control-allow-origin" not in headers
        assert "Set COURTSIDE_URL" in text or "Another web page" in text
    assert network == []


def test_a_websocket_opens_for_the_apps_own_pages_alone(app):
    server, network = app
    number = port(server)
    for host, origin in hostile(number):
        assert opened(server, host, origin) in (400, 403), (host, origin)
    own = [f"localhost:{number}", f"127.0.0.1:{number}", f"[::1]:{number}", "localhost:9000"]  # the last by a tunnel
    for host, origin in [*((host, f"http://{host}") for host in own), (own[0], None)]:
        assert opened(server, host, origin) == 101, (host, origin)
    assert network == []


def test_without_the_door_a_foreign_origin_makes_the_app_ask_the_network(tmp_path):
    with watched(tmp_path / "home", "Home.py") as (server, network):
        assert opened(server, f"localhost:{port(server)}", "http://evil.example") == 403
        assert len(network) > 0


def test_behind_a_proxy_the_app_answers_under_its_public_address(app):
    server, network = app
    for host in ("courtside.example.org", f"localhost:{port(server)}"):  # whether the proxy passes the name on or not
        assert opened(server, host, PUBLIC) == 101
        assert asked(server, "GET", "/_stcore/health", Host=host, Origin=PUBLIC)[::2] == (200, "ok")
    assert network == []


def test_two_hosts_are_none(app):
    server, _ = app
    with socket.create_connection(("127.0.0.1", port(server)), 30) as connection:
        head = f"GET / HTTP/1.1\r\nHost: localhost:{port(server)}\r\nHost: evil.example\r\n\r\n"
        connection.sendall(head.encode())
        assert int(connection.recv(4096).split()[1]) in (400, 403)


def test_other_ports_can_load_nothing_and_links_still_lead_here(app):
    server, _ = app
    own = {"Host": f"localhost:{port(server)}"}
    for site in ("same-site", "cross-site"):
        for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("cors", "empty"), ("navigate", "iframe")):
            sent = {**own, "Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}
            assert asked(server, "GET", "/", **sent)[0] == 403, sent
        followed = {**own, "Sec_Fetch_Site": site, "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
        assert asked(server, "GET", "/", **followed)[0] == 200
        assert asked(server, "POST", "/", **followed)[0] == 403
    for site in ("same-origin", "none"):
        assert asked(server, "GET", "/", **own, Sec_Fetch_Site=site, Sec_Fetch_Mode="cors")[0] == 200


def test_no_page_frames_the_app_and_no_cell_loads_from_elsewhere(app):
    server, _ = app
    own = {"Host": f"localhost:{port(server)}"}
    _, headers, _ = asked(server, "GET", "/", **own)
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "img-src 'self' data: blob:;" in headers["content-security-policy"]
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    # The bar at the top of every page is a frame in it.
    _, headers, _ = asked(server, "GET", "/component/streamlit_option_menu.option_menu/index.html", **own)
    assert headers["content-security-policy"].endswith("frame-ancestors 'self'")


def test_who_is_refused_reads_why_in_her_language(app):
    server, _ = app
    text = asked(server, "GET", "/", Host="notebook:8501", Accept_Language="pt-BR,pt;q=0.9")[2]
    assert text.startswith("O Courtside não responde em notebook:8501. Defina COURTSIDE_URL")
