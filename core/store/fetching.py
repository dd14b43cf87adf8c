"""Brings a file or folder of another machine here, within bounds: of size, of time and of where it may be led."""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, unquote, urljoin, urlsplit

from core.store.storage import working_folder
from core.text.errors import CourtsideError
from core.text.messages import Message, Progress, message, silent

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem
    from requests import Response, Session
    from urllib3 import HTTPConnectionPool

    from core.store.settings import Settings

CONNECT, READ = 5, 30
"""Seconds that a server may take to be reached, and to say anything more."""
REDIRECTS = 5
CHUNK = 2**20
TICK = 0.2
"""Seconds after which the reader is asked again whether she still waits."""
WEB, BUCKETS = ("http", "https"), ("s3", "gs")
PARQUET = (".parquet", ".pq")
PRIVATE = ("typed", "never", "always")
"""What `COURTSIDE_PRIVATE_ADDRESSES` may say."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class _RefusedError(Exception):
    """Why a fetch ends, as a sentence's part."""

    def __init__(self, why: Message) -> None:
        super().__init__(why)
        self.why = why


def shown(address: str) -> str:
    """An address without user, password, query and fragment: those may be secrets. A path stays as it is."""
    if "://" not in address:
        return address
    scheme, _, rest = address.partition("://")
    place = rest.partition("?")[0].partition("#")[0]
    host, slash, path = place.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def fetch(
    settings: Settings,
    uri: str,
    path: Path,
    progress: Progress = silent,
    check: Callable[[Path], object] = lambda _: None,
) -> None:
    """Writes what lies at `uri` (http, https, s3, gs) to `path`, over what is there; whole or not at all.

    A `CourtsideError` where it can't be had within the limits of the settings. `progress` is called several times a
    second; what it raises ends the fetch. So does what `check` raises of the file before it is at its place.
    """
    with working_folder(path.parent) as folder:
        got = folder / "fetched"
        error = _wait(settings, uri, got, progress)
        if error is not None:
            raise CourtsideError(
                message("{uri} can't be fetched: {error}.", uri=shown(uri), error=_reason(error, uri)),
                message(
                    "Check the address and that this machine may read it, or copy the file here and give its path."
                ),
            ) from error
        check(got)
        _put(got, path, folder)


def _wait(settings: Settings, uri: str, target: Path, progress: Progress) -> BaseException | None:
    """Writes `target`, or returns why not."""
    scheme = urlsplit(uri).scheme
    if scheme not in WEB + BUCKETS:
        return _RefusedError(message("it has to begin with http, https, s3, gs or file"))
    flow = _Flow(settings)
    done: Future[None] = Future()
    # In a thread, because none of the libraries can be told to stop while it waits.
    bring = _web if scheme in WEB else _bucket
    threading.Thread(target=_run, args=(done, bring, uri, target, flow), daemon=True).start()
    deadline = time.monotonic() + settings.fetch_seconds
    try:
        while time.monotonic() < deadline:
            what = message("Fetching {address}: {size:,.1f} MB", address=shown(uri), size=flow.size / 2**20)
            progress(0, 1, what)
            if wait([done], TICK).done:
                return done.exception()
        return _RefusedError(message("it took more than {seconds:,} seconds", seconds=settings.fetch_seconds))
    finally:
        flow.stop()


def _run(done: Future[None], bring: Callable[[str, Path, _Flow], None], uri: str, target: Path, flow: _Flow) -> None:
    try:
        bring(uri, target, flow)
        done.set_result(None)
    except Exception as error:  # every scheme has a library with errors of its own
        done.set_exception(error)


class _Flow:
    """What comes in: its size so far, the limits that it keeps, and a way to end it from another thread."""

    def __init__(self, settings: Settings) -> None:
        if settings.private_addresses not in PRIVATE:
            raise CourtsideError(
                message("COURTSIDE_PRIVATE_ADDRESSES is {value}.", value=settings.private_addresses),
                message("It can be {choices}.", choices=list(PRIVATE)),
            )
        self.private = settings.private_addresses
        self.most = settings.fetch_megabytes * 2**20
        self.size = 0
        self._stopped = False
        self._sockets: list[socket.socket] = []

    def promise(self, size: int) -> None:
        """Refuses what says itself that it is too large."""
        if size > self.most:
            raise _RefusedError(message("it has more than {limit:,} MB", limit=self.most // 2**20))

    def write(self, chunks: Iterator[bytes], target: Path) -> None:
        with target.open("xb") as file:
            for chunk in chunks:
                self.size += len(chunk)
                self.promise(self.size)
                if self._stopped:
                    raise InterruptedError
                file.write(chunk)
            os.fsync(file.fileno())

    def watch(self, connected: socket.socket) -> None:
        """Lets `stop` end the connection."""
        self._sockets.append(connected.dup())
        if self._stopped:  # just before it was made
            self.stop()

    def stop(self) -> None:
        """Ends what still waits for a server."""
        self._stopped = True
        while self._sockets:
            connected = self._sockets.pop()
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
            connected.close()

    def admit(self, address: str, *, typed: bool) -> None:
        """Refuses an address of a private network, unless the settings allow it."""
        found = _embedded(ipaddress.ip_address(address.partition("%")[0]))
        if found.is_global or self.private == "always":
            return
        # Nobody keeps a table at a link-local address; clouds keep their keys there.
        if self.private == "typed" and typed and not found.is_link_local:
            return
        raise _RefusedError(message("it leads to the private address {address}", address=str(found)))


def _embedded(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for, else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _web(uri: str, target: Path, flow: _Flow) -> None:
    import requests

    typed, url = _origin(urlsplit(uri)), urlsplit(uri)
    user = (unquote(url.username or ""), unquote(url.password or "")) if url.username else None
    for _ in range(REDIRECTS + 1):
        own = _origin(url) == typed
        with requests.Session() as session:
            _guard(session, flow, url, typed=own)
            plain = url._replace(netloc=url.netloc.rpartition("@")[2], fragment="").geturl()
            session.headers["Accept-Encoding"] = "identity"
            with session.get(
                plain, auth=user if own else None, timeout=(CONNECT, READ), allow_redirects=False, stream=True
            ) as answer:
                if not answer.is_redirect:
                    _take(answer, target, flow)
                    return
                url = urlsplit(urljoin(plain, answer.headers["location"]))
        if url.scheme not in WEB:
            raise _RefusedError(message("it leads to another kind of address, {address}", address=shown(url.geturl())))
    raise _RefusedError(message("it leads on more than {most} times", most=REDIRECTS))


def _origin(url: SplitResult) -> tuple[str, str, int]:
    return url.scheme, (url.hostname or "").lower(), url.port or (443 if url.scheme == "https" else 80)


def _guard(session: Session, flow: _Flow, url: SplitResult, *, typed: bool) -> None:
    """Lets the session connect to no address that the flow refuses, also when the name means another one by then."""
    from requests.adapters import HTTPAdapter

    def guarded(pool: type[HTTPConnectionPool]) -> type:
        class Connection(pool.ConnectionCls):  # type: ignore[misc, name-defined]  # known at run time
            def _new_conn(self) -> socket.socket:
                connected: socket.socket = super()._new_conn()
                flow.watch(connected)
                flow.admit(connected.getpeername()[0], typed=typed)
                return connected

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    with suppress(socket.gaierror):  # a proxy may know names that this machine does not
        for *_, place in socket.getaddrinfo(url.hostname, url.port or 0, type=socket.SOCK_STREAM):
            flow.admit(str(place[0]), typed=typed)
    adapter = HTTPAdapter()
    pools = adapter.poolmanager.pool_classes_by_scheme
    adapter.poolmanager.pool_classes_by_scheme = {scheme: guarded(pool) for scheme, pool in pools.items()}
    for scheme in WEB:
        session.mount(f"{scheme}://", adapter)


def _take(answer: Response, target: Path, flow: _Flow) -> None:
    if answer.status_code != 200:
        raise _RefusedError(message("{status} {reason}", status=str(answer.status_code), reason=answer.reason[:100]))
    promised = answer.headers.get("content-length", "")
    if promised.isdecimal():
        flow.promise(int(promised))
    # Not read(), which waits until a chunk is full: a server may take as long as it likes for that.
    flow.write(iter(lambda: answer.raw.read1(CHUNK, decode_content=True), b""), target)


def _bucket(uri: str, target: Path, flow: _Flow) -> None:
    from pyarrow import fs

    for endpoint in parse_qs(urlsplit(uri).query).get("endpoint_override", ()):
        host = urlsplit(f"//{endpoint.rpartition('//')[2]}").hostname
        for *_, place in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
            flow.admit(str(place[0]), typed=True)
    remote, place = fs.FileSystem.from_uri(uri)
    found = remote.get_file_info(place)
    if found.type == fs.FileType.NotFound:
        raise _RefusedError(message("nothing is there"))
    if found.type == fs.FileType.File:
        _copy(remote, found, target, flow)
        return
    target.mkdir()
    for file in remote.get_file_info(fs.FileSelector(place, recursive=True)):
        inside = PurePosixPath(file.path).relative_to(place)
        if file.type != fs.FileType.File or inside.suffix not in PARQUET or ".." in inside.parts:
            continue
        (target / inside).parent.mkdir(parents=True, exist_ok=True)
        _copy(remote, file, target / inside, flow)


def _copy(remote: FileSystem, found: FileInfo, target: Path, flow: _Flow) -> None:
    flow.promise(flow.size + max(found.size or 0, 0))
    with remote.open_input_stream(found.path) as stream:
        flow.write(iter(lambda: stream.read(CHUNK), b""), target)


def _put(got: Path, path: Path, folder: Path) -> None:
    if path.exists() and (path.is_dir() or got.is_dir()):
        path.rename(folder / "earlier")
    got.replace(path)


def _reason(error: BaseException, uri: str) -> Message | str:
    import requests

    if isinstance(error, _RefusedError):
        return error.why
    cause: BaseException | None = error
    while cause is not None:  # urllib3 wraps what ends a connection, and requests wraps urllib3
        if isinstance(cause, _RefusedError):
            return cause.why
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, requests.Timeout | TimeoutError):
        return message("the server did not answer in time")
    if isinstance(error, requests.ConnectionError):
        return message("there is no connection to the server")
    text = (str(error).strip() or type(error).__name__).split("\n")[0]
    url = urlsplit(uri)
    for secret in (uri, url.query, url.password, url.username):
        text = text.replace(secret, "…") if secret else text
    return text[:200].rstrip(".")
