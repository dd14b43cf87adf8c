"""Who may talk to the server: a browser that opened it under an address of its own, from pages that it served itself.

Streamlit takes any `Host`, so that a name which an attacker's DNS points here is as good as ours, and any port of
localhost for its own; of an origin that it does not know it asks the network. This stands before all of its routes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.text.language import nearest, translate
from core.text.messages import Message, message

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send
    from starlette.types import Message as Event

HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The names by which a browser on this machine, or at the end of a tunnel, knows it."""
HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")
COMPONENT = "/component/"
"""Streamlit's route of the frames inside its own page."""
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors "
)
"""What a page may load: nothing from elsewhere, whatever a table has in its cells. Streamlit needs what is "unsafe"."""


class Door:
    """ASGI middleware that answers 403 to whoever is not at home here, before Streamlit hears of it.

    `url` is the app's address behind a proxy, `hosts` are further names under which it is opened.
    """

    def __init__(self, app: ASGIApp, url: str = "", hosts: Collection[str] = ()) -> None:
        self._app = app
        self._public = urlsplit(url.lower())
        self._hosts = HERE | {_bracketed(name.lower()) for name in (*hosts, self._public.hostname or "") if name}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        asked = _Asked(scope)
        refused = self._refused(asked)
        if refused is not None:
            await _refuse(scope, send, translate(refused, asked.language))
            return
        if asked.origin:
            # The origin is one of ours by now. Where a proxy gave the host another name Streamlit would not see that,
            # and ask the network for this machine's addresses.
            host = urlsplit(asked.origin).netloc.encode()
            scope = {**scope, "headers": [(key, host if key == b"host" else value) for key, value in scope["headers"]]}
        await self._app(scope, receive, _guarded(send, "'self'" if COMPONENT in scope["path"] else "'none'"))

    def _refused(self, asked: _Asked) -> Message | None:
        found = HOST.fullmatch(asked.host)
        if not found or found[1] not in self._hosts:
            return message(
                "Courtside does not answer at {host}. Set COURTSIDE_URL to the address you opened, and restart it.",
                host=asked.host[:100] or "-",
            )
        own = {f"http://{asked.host}", f"https://{asked.host}", f"{self._public.scheme}://{self._public.netloc}"}
        if (asked.origin and asked.origin not in own) or asked.elsewhere:
            return message("Another web page sent this request. Open Courtside itself.")
        return None


class _Asked:
    """What a request says of where it goes and where it comes from."""

    def __init__(self, scope: Scope) -> None:
        said: dict[str, list[str]] = {}
        for key, value in scope["headers"]:
            said.setdefault(key.decode("latin-1").lower(), []).append(value.decode("latin-1").lower())
        # Two hosts, or two origins, are none: who reads the first would not know what the other one meant.
        self.host = said["host"][0] if len(said.get("host", ())) == 1 else ""
        self.origin = "\n".join(said.get("origin", ()))
        self.language = nearest(said.get("accept-language", [""])[0])
        site, mode, for_what = (said.get(f"sec-fetch-{name}", [""])[0] for name in ("site", "mode", "dest"))
        followed = mode == "navigate" and for_what == "document" and scope.get("method") in ("GET", "HEAD")
        # A link in a mail, or in a page of another site, may lead here; nothing else of another page may.
        self.elsewhere = site in ("cross-site", "same-site") and not followed


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _guarded(send: Send, ancestors: str) -> Send:
    added = [
        (b"content-security-policy", (POLICY + ancestors).encode()),
        (b"x-frame-options", b"DENY" if ancestors == "'none'" else b"SAMEORIGIN"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
    names = {name for name, _ in added}

    async def sending(event: Event) -> None:
        if event["type"] == "http.response.start":
            kept = [(key, value) for key, value in event.get("headers", ()) if key.lower() not in names]
            event = {**event, "headers": [*kept, *added]}
        await send(event)

    return sending


async def _refuse(scope: Scope, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the server answers 403
        return
    kind = [(b"content-type", b"text/plain; charset=utf-8")]
    await _guarded(send, "'none'")({"type": "http.response.start", "status": 403, "headers": kind})
    await send({"type": "http.response.body", "body": why.encode()})
