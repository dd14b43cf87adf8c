"""Real servers on this machine that take alerts: a webhook that answers as it is told to, and a mail server."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Hook:
    """A webhook: its address, and what it was sent (path, content type, JSON)."""

    address: str
    heard: list[tuple[str, str, dict]] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)


@contextmanager
def hook(*answers: int, hang: bool = False, location: str = "") -> Iterator[Hook]:
    """Answers the first requests with `answers`, all after them with the last; or takes them and says nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            about = self.path, self.headers["Content-Type"], json.loads(self.rfile.read(length))
            taken.heard.append(about)
            if hang:
                taken.gone.wait(60)
                return
            self.send_response(answers[min(len(taken.heard), len(answers)) - 1])
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def do_GET(self) -> None:
            taken.heard.append((self.path, "GET", {}))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken = Hook(f"http://127.0.0.1:{server.server_port}/hooks/hush-token")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield taken
    finally:
        taken.gone.set()
        server.shutdown()
        server.server_close()


@dataclass
class Post:
    """A mail server's port, and the letters it took."""

    port: int = 0
    letters: list[Envelope] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)

    async def handle_RCPT(self, server, session: Session, envelope: Envelope, address: str, options) -> str:  # noqa: N802
        if address in self.refuse:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(envelope)
        return "250 OK"


@contextmanager
def post(certificate: tuple[Path, Path] | None = None, *, password: str = "", refuse=()) -> Iterator[Post]:
    """A mail server; with a certificate it asks for STARTTLS, with a password for a login over it."""
    taken = Post(refuse=set(refuse))
    options: dict[str, Any] = {}
    if certificate:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        options = {"tls_context": context, "require_starttls": True}
    if password:

        def known(server, session, envelope, mechanism, given) -> AuthResult:
            return AuthResult(success=given.password.decode() == password, handled=False)

        options |= {"authenticator": known, "auth_required": True}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        taken.port = free.getsockname()[1]
    server = Controller(taken, hostname="127.0.0.1", port=taken.port, ready_timeout=60, **options)
    server.start()
    try:
        yield taken
    finally:
        server.stop()


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret
