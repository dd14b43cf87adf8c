"""What lies elsewhere is fetched whole and within bounds, or not at all; nobody is led to a private address."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from core.store import fetching, settings, sources
from core.text.errors import CourtsideError
from tests.parquet_files import WHOLE
from tests.web import Web, head, web

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

CONTENT = b"a,b\n1,2\n"
USER = "Basic YW5hOnMzY3JldA=="  # ana:s3cret


def file(handler: BaseHTTPRequestHandler, served: Web) -> None:
    head(handler, Content_Length=len(CONTENT))
    handler.wfile.write(CONTENT)


def drip(handler: BaseHTTPRequestHandler, served: Web) -> None:
    """A byte now and then, for ever: each comes soon enough."""
    head(handler, Content_Length=10**6)
    while not served.gone.wait(0.05):
        handler.wfile.write(b"x")


def silence(handler: BaseHTTPRequestHandler, served: Web) -> None:
    """A head that never ends."""
    while not served.gone.wait(0.05):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" if not served.gone.is_set() else b"")
        served.gone.wait(0.05)


def endless(handler: BaseHTTPRequestHandler, served: Web) -> None:
    head(handler)
    while not served.gone.is_set():
        handler.wfile.write(bytes(2**16))


def vast(handler: BaseHTTPRequestHandler, served: Web) -> None:
    head(handler, Content_Length=10**12)
    served.gone.wait(60)


def short(handler: BaseHTTPRequestHandler, served: Web) -> None:
    head(handler, Content_Length=1000)
    handler.wfile.write(CONTENT)


def squeezed(handler: BaseHTTPRequestHandler, served: Web) -> None:
    body = gzip.compress(CONTENT)
    head(handler, Content_Length=len(body), Content_Encoding="gzip")
    handler.wfile.write(body)


def bomb(handler: BaseHTTPRequestHandler, served: Web) -> None:
    body = gzip.compress(bytes(200 * 2**20))
    head(handler, Content_Length=len(body), Content_Encoding="gzip")
    handler.wfile.write(body)


def to(target: Callable[[Web], str]) -> Callable:
    return lambda handler, served: head(handler, 302, Location=target(served), Content_Length=0)


def again(handler: BaseHTTPRequestHandler, served: Web) -> None:
    head(handler, 302, Location=f"{handler.path}/x", Content_Length=0)


@pytest.fixture
def place(tmp_path, monkeypatch) -> settings.Settings:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    return replace(settings.load(), home=tmp_path / "workspace", fetch_megabytes=1, fetch_seconds=20)


def refusal(place: settings.Settings, uri: str) -> str:
    """Why it is not fetched; nothing of it stays."""
    with pytest.raises(CourtsideError, match="can't be fetched") as caught:
        sources.fetch(place, uri)
    assert not place.raw.exists() or list(place.raw.iterdir()) == []
    return str(caught.value)


def test_a_file_comes_whole_compressed_or_not(place):
    with web(file=file, squeezed=squeezed) as served:
        for name in ("file", "squeezed"):
            assert sources.fetch(place, f"{served.address}/{name}.csv").read_bytes() == CONTENT


@pytest.mark.parametrize("answer", [drip, silence])
def test_a_server_that_takes_for_ever_is_left_in_time_and_its_connection_closed(place, answer):
    with web(answer=answer) as served:
        begun = time.monotonic()
        assert "it took more than 1 seconds" in refusal(replace(place, fetch_seconds=1), f"{served.address}/answer")
        assert time.monotonic() - begun < 5
        assert served.gone.wait(10)


@pytest.mark.parametrize("answer", [endless, vast, bomb])
def test_what_is_too_large_is_left_as_soon_as_it_shows(place, answer):
    with web(answer=answer) as served:
        begun = time.monotonic()
        assert "it has more than 1 MB" in refusal(place, f"{served.address}/answer")
        assert time.monotonic() - begun < 10


def test_what_breaks_off_is_not_kept(place):
    with web(short=short) as served:
        refusal(place, f"{served.address}/short.csv")


def test_who_no_longer_waits_ends_the_fetch_and_nothing_of_it_stays(place):
    class GoneError(Exception):
        pass

    with web(drip=drip) as served:

        def leave(done: int, total: int, what: object) -> None:
            if served.asked:
                raise GoneError

        with pytest.raises(GoneError):
            sources.fetch(place, f"{served.address}/drip.csv", leave)
        assert served.gone.wait(10)
    assert list(place.raw.iterdir()) == []


def test_an_earlier_copy_stays_when_a_new_one_does_not_come(place):
    with web(file=file) as served:
        path = sources.fetch(place, f"{served.address}/file.csv")
        address = f"{served.address}/file.csv"
    with pytest.raises(CourtsideError, match="there is no connection to the server"):
        sources.fetch(place, address)
    assert path.read_bytes() == CONTENT


def test_a_server_may_lead_on_within_itself(place):
    with web(start=to(lambda served: f"{served.address}/file.csv"), file=file) as served:
        assert sources.fetch(place, f"{served.address}/start.csv").read_bytes() == CONTENT
        assert [path for path, _ in served.asked] == ["/start.csv", "/file.csv"]


def test_nobody_is_led_to_a_private_address(place):
    with web(file=file) as other:
        number = urlsplit(other.address).port
        for target in (
            f"http://127.0.0.1:{number}/file.csv",
            f"http://localhost:{number}/file.csv",
            f"http://[::ffff:127.0.0.1]:{number}/file.csv",
            f"http://0.0.0.0:{number}/file.csv",
            f"http://2130706433:{number}/file.csv",
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1/",
            "http://[fd00::1]/",
        ):
            with web(start=to(lambda served, target=target: target)) as served:
                assert "it leads to the private address" in refusal(place, f"{served.address}/start.csv"), target
        assert other.asked == []


def test_private_addresses_are_a_setting(place):
    with web(file=file) as other, web(start=to(lambda served: f"{other.address}/file.csv"), file=file) as served:
        always = replace(place, private_addresses="always")
        assert sources.fetch(always, f"{served.address}/start.csv").read_bytes() == CONTENT
        before = len(served.asked)
        never = replace(place, home=place.home / "never", private_addresses="never")
        assert "it leads to the private address 127.0.0.1" in refusal(never, f"{served.address}/file.csv")
        assert len(served.asked) == before
        with pytest.raises(
            CourtsideError, match=r"COURTSIDE_PRIVATE_ADDRESSES is maybe\. It can be typed, never, always"
        ):
            sources.fetch(replace(place, private_addresses="maybe"), f"{served.address}/file.csv")


def test_an_address_where_clouds_keep_their_keys_is_refused_even_when_typed(place):
    assert "private address 169.254.169.254" in refusal(place, "http://169.254.169.254/latest/meta-data/")


def test_a_chain_that_never_ends_is_left_and_one_to_another_scheme_is_not_followed(place):
    with web(again=again, away=to(lambda _: "file:///etc/passwd")) as served:
        assert "it leads on more than 5 times" in refusal(place, f"{served.address}/again")
        assert len(served.asked) == 6
        assert "another kind of address, file:///etc/passwd" in refusal(place, f"{served.address}/away")


@pytest.mark.parametrize("uri", ["ftp://host/a.csv", "gopher://host/a", "carrier-pigeon://loft/a.parquet", "://a"])
def test_other_schemes_are_refused(place, uri):
    assert "it has to begin with http, https, s3, gs or file" in refusal(place, uri)


@pytest.mark.parametrize("path", ["/dev/zero", "/", "//", "/..", "/proc/kmsg", "/proc/self/environ", "/sys/kernel"])
@pytest.mark.parametrize("written", ["{path}", "file://{path}"])
def test_no_device_and_not_the_whole_machine_is_read(place, path, written):
    with pytest.raises(CourtsideError, match="is neither a file nor a folder"):
        sources.locate(place, written.format(path=path))


def test_a_link_to_the_whole_machine_is_none_either(place, tmp_path):
    (tmp_path / "link").symlink_to("/")
    with pytest.raises(CourtsideError, match="is neither a file nor a folder"):
        sources.locate(place, str(tmp_path / "link"))
    assert sources.locate(place, f"file://{tmp_path}") == tmp_path


def test_user_and_password_go_to_their_server_and_nowhere_else(place):
    with web(file=file) as other, web(file=file, away=to(lambda _: f"{other.address}/file.csv")) as served:
        host = urlsplit(served.address).netloc
        always = replace(place, private_addresses="always")
        for name in ("file", "away"):
            path = sources.fetch(always, f"http://ana:s3cret@{host}/{name}.csv?token=hush#part")
            assert not any(secret in path.name for secret in ("ana", "s3cret", "token", "hush"))
        assert served.asked == [("/file.csv?token=hush", USER), ("/away.csv?token=hush", USER)]
        assert other.asked == [("/file.csv", "")]


def test_no_secret_of_an_address_is_said(place):
    said: list[str] = []
    uris = ["http://ana:s3cret@127.0.0.1:9/a.csv?token=hush", "s3://ana:s3cret@bucket/a.csv?region=hush&nonsense=1"]
    for uri in uris:
        with pytest.raises(CourtsideError) as caught:
            sources.fetch(place, uri, lambda done, total, what: said.append(str(what)))
        said.append(str(caught.value))
    for text in said:
        assert not any(secret in text for secret in ("ana:", "s3cret", "hush")), text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ana:s3cret@host:1/a/b.csv?x=1&y=2#z", "https://host:1/a/b.csv"),
        ("https://ana:p@ss@host/a@b.csv", "https://host/a@b.csv"),
        ("s3://key:secret@bucket/a.parquet?region=x", "s3://bucket/a.parquet"),
        ("https://host?token=a/b@c", "https://host"),
        ("/data/what?.csv", "/data/what?.csv"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address, shown):
    assert fetching.shown(address) == shown


def bucket(handler: BaseHTTPRequestHandler, served: Web) -> None:
    """As much of S3 as reading needs: a file, and a folder of files."""
    files = {"bucket/one.csv": CONTENT, "bucket/many/a.parquet": WHOLE, "bucket/many/b/c.pq": WHOLE,
             "bucket/many/notes.txt": b"no table", "bucket/vast.csv": bytes(3 * 2**20)}  # fmt: skip
    url = urlsplit(handler.path)
    name, asked = url.path.strip("/"), parse_qs(url.query)
    if "prefix" in asked or "list-type" in asked:
        prefix = asked.get("prefix", [""])[0]
        keys = [key.removeprefix("bucket/") for key in files if key.removeprefix("bucket/").startswith(prefix)]
        listed = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(files['bucket/' + key])}</Size></Contents>" for key in keys
        )
        body = f"<ListBucketResult><KeyCount>{len(keys)}</KeyCount>{listed}</ListBucketResult>".encode()
        head(handler, Content_Type="application/xml", Content_Length=len(body))
        handler.wfile.write(body)
    elif name in files:
        head(handler, Content_Length=len(files[name]))
        if handler.command == "GET":
            handler.wfile.write(files[name])
    else:
        head(handler, 404, Content_Length=0)


def test_files_and_folders_of_a_bucket_are_fetched_within_the_same_bounds(place):
    with web(bucket=bucket) as served:
        host = urlsplit(served.address).netloc
        asked = f"?scheme=http&region=us-east-1&endpoint_override={host}"
        assert sources.fetch(place, f"s3://ana:s3cret@bucket/one.csv{asked}").read_bytes() == CONTENT
        for _ in range(2):  # a folder takes the place of its earlier copy
            folder = sources.fetch(place, f"s3://ana:s3cret@bucket/many{asked}")
            found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
            assert found == {"a.parquet", "b/c.pq"}
        elsewhere = replace(place, home=place.home / "elsewhere")
        assert "it has more than 1 MB" in refusal(elsewhere, f"s3://ana:s3cret@bucket/vast.csv{asked}")
        assert "nothing is there" in refusal(elsewhere, f"s3://ana:s3cret@bucket/none.csv{asked}")
        never = replace(elsewhere, private_addresses="never")
        assert "private address 127.0.0.1" in refusal(never, f"s3://ana:s3cret@bucket/one.csv{asked}")
