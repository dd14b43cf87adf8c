"""Where tables come from: the original Kobe files, the synthetic sample, a user's own files."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core.data.contract import Contract, nearest
from core.store import fetching, outside, tables
from core.store.kobe_sample import COLUMNS, ROWS, Which, shots
from core.store.storage import atomic, write_parquet
from core.text.errors import CourtsideError
from core.text.messages import Message, Progress, message, silent

if TYPE_CHECKING:
    from core.store.settings import Settings

Role = Literal["train", "production"]
ROLES: dict[Which, Role] = {"dev": "train", "prod": "production"}
KOBE_URL = "https://raw.githubusercontent.com/FTNeves80/Projeto_Kobe/main/data/01_raw/"
KOBE_SHA256: dict[Which, str] = {
    "dev": "3a177adbf7e4ef40cb770940a3aa52ee4880372352d4cf676a94a2d274a36b07",
    "prod": "98e4a0c2ed17d350f84fd356bfdcce9b707e931ec37909999489a3d36cf9d05e",
}
KOBE_TITLES: dict[Which, Message] = {
    "dev": message("Original 2-point shots (training)"),
    "prod": message("Original 3-point shots (production)"),
}
SAMPLE_TITLES: dict[Which, Message] = {
    "dev": message("Synthetic sample, 2-point shots"),
    "prod": message("Synthetic sample, 3-point shots"),
}
SAMPLE_SEED = 24
INFLATION = 20
"""How many times the upload limit a parquet file may take in memory."""


class UnreachableError(CourtsideError):
    """The original files are neither here nor to be had; the sample takes their place unless they were asked for."""


@dataclass(frozen=True)
class Source:
    """One table that a project can use.

    `key` names it to a workflow. `available` says that it needs no network; `path` and `bytes` are None until the
    file lies on this machine, `rows` and `columns` are None where only reading would tell. An upload has no `role`.
    """

    key: str
    title: Message
    path: Path | None
    rows: int | None
    columns: int | None
    bytes: int | None
    available: bool
    synthetic: bool
    role: Role | None


def catalogue(settings: Settings, contract: Contract) -> list[Source]:
    """What a project can use, the built-in sources first. Listing neither downloads nor generates anything."""
    listed = []
    if contract.source == "kobe":
        for which, role in ROLES.items():
            path = _kobe_here(settings, which)
            known = (ROWS[which], len(COLUMNS))
            listed.append(_source(f"kobe-{which}", KOBE_TITLES[which], path, role=role, size=known))
        for which, role in ROLES.items():
            made, known = settings.raw / _sample_name(which), (ROWS[which], len(COLUMNS))
            path = made if made.is_file() else None
            listed.append(_source(f"sample-{which}", SAMPLE_TITLES[which], path, role=role, size=known, synthetic=True))
    built_in = {name for which in ROLES for name in (_kobe_name(which), _sample_name(which))}
    files = sorted(settings.raw.iterdir()) if settings.raw.is_dir() else []
    own = [path for path in files if path.is_file() and path.name not in built_in and not path.name.startswith(".")]
    return listed + [_source(path.name, message("Your file {name}", name=path.name), path) for path in own]


def default(settings: Settings, contract: Contract, role: Role) -> Source:
    """A project's own data for `role`, ready to be read: the original file, else the synthetic sample.

    The original is downloaded if need be. Where there is no network the sample is made, and the source says so
    (`synthetic`). A project without a built-in source is a `CourtsideError`, and so is a wrong original file.
    """
    if contract.source != "kobe":
        raise CourtsideError(
            message("The project {name} has no data of its own.", name=contract.name),
            message("Upload a file, or give its path."),
        )
    which = next(which for which, its_role in ROLES.items() if its_role == role)
    key = f"kobe-{which}"
    try:
        kobe(settings, which)
    except UnreachableError:
        sample(settings, which)
        key = f"sample-{which}"
    return next(source for source in catalogue(settings, contract) if source.key == key)


def resolve(settings: Settings, contract: Contract, data: str, *, role: Role, progress: Progress = silent) -> Path:
    """The file behind a source's key or a path; without either, that of the project's own data for `role`."""
    if not data:
        return _path(default(settings, contract, role))
    sources = {source.key: source for source in catalogue(settings, contract)}
    if data in sources:
        for which in ROLES:
            if data == f"kobe-{which}":
                return kobe(settings, which)
            if data == f"sample-{which}":
                return sample(settings, which)
        return _path(sources[data])
    path = locate(settings, data, progress)
    near = nearest(data, sources)
    if near and not os.path.exists(path):
        raise CourtsideError(
            message("There is no source and no file {name}.", name=data), message("Did you mean {near}?", near=near)
        )
    return path


def _path(source: Source) -> Path:
    assert source.path is not None, "it lies on this machine"
    return source.path


def locate(settings: Settings, data: str, progress: Progress = silent) -> Path:
    """The file or folder behind a path or a URI, which is fetched."""
    if "://" in data:
        return fetch(settings, data, progress)
    return _usable(Path(os.path.expanduser(data)))  # unlike Path's, it never fails


def kobe(settings: Settings, which: Which) -> Path:
    """An original Kobe file: from `settings.kobe_dir`, else the copy in `settings.raw`, else downloaded into it.

    Its sha256 is checked: another file under its name in `settings.kobe_dir` is a `CourtsideError`. Without a network
    it is `UnreachableError`.
    """
    given = settings.kobe_dir / _kobe_name(which)
    if not given.is_file():
        return _downloaded(settings, which)
    found = tables.digest(given)
    if found != KOBE_SHA256[which]:
        raise CourtsideError(
            message(
                "{path} is not the original file: its sha256 begins with {found} and should begin with {expected}.",
                path=str(given),
                found=found[:12],
                expected=KOBE_SHA256[which][:12],
            ),
            message("Put the original there, or point COURTSIDE_KOBE_DIR elsewhere."),
        )
    return given


def sample(settings: Settings, which: Which) -> Path:
    """The synthetic Kobe-like sample, generated into `settings.raw` the first time; always the same rows."""
    path = settings.raw / _sample_name(which)
    if not path.is_file():
        write_parquet(shots(which, SAMPLE_SEED), path)
    return path


def fetch(settings: Settings, uri: str, progress: Progress = silent) -> Path:
    """A file or folder elsewhere, brought into `settings.raw`: http(s), s3, gs or file. Fetched anew every time,
    because what lies there may have changed; a `CourtsideError` where it can't be had."""
    scheme, _, rest = uri.partition("://")
    if scheme == "file":
        return _usable(Path(rest))
    path = copy_of(settings, uri)
    fetching.fetch(settings, uri, path, progress, check=lambda got: outside.admit(got, path.name))
    return path


def copy_of(settings: Settings, uri: str) -> Path:
    """Where a fetched file or folder lies: other addresses have other copies, and no secret of one is in the name."""
    return settings.raw / _safe_name(fetching.shown(uri).rstrip("/").rpartition("/")[2], _mark(uri))


def keep_upload(settings: Settings, name: str, data: bytes) -> Path:
    """Stores an uploaded file in `settings.raw` and returns where: the same bytes under the same name are one file.

    Whatever `name` is, the file's is plain ASCII and carries 8 digits of its sha256. Above the upload limit, a parquet
    file that would take more than 20 times as much in memory, or what is no table, is a `CourtsideError`.
    """
    limit = settings.upload_megabytes * 2**20
    if len(data) > limit:
        raise CourtsideError(
            message(
                "The file has {size:,.1f} MB; the limit is {limit:,} MB.",
                size=len(data) / 2**20,
                limit=settings.upload_megabytes,
            ),
            message("Give its path on the server instead, or raise COURTSIDE_UPLOAD_MB."),
        )
    tables.refuse_inflated(name, data, limit * INFLATION)
    path = settings.raw / _safe_name(name, hashlib.sha256(data).hexdigest()[:8])
    with atomic(path) as temporary:
        temporary.write_bytes(data)
        outside.admit(temporary, name)
    return path


def _usable(path: Path) -> Path:
    if os.path.exists(path):
        real = os.path.realpath(path)
        # Reading a device or a pipe may never end, nor may what the system makes up while one reads.
        if not (os.path.isfile(real) or os.path.isdir(real)) or real == "/" or real.startswith(("/proc/", "/sys/")):
            raise CourtsideError(message("{path} is neither a file nor a folder.", path=str(path)), tables.CHOOSE)
    return path


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _kobe_name(which: Which) -> str:
    return f"dataset_kobe_{which}.parquet"


def _sample_name(which: Which) -> str:
    return f"synthetic_kobe_{which}.parquet"


def _kobe_here(settings: Settings, which: Which) -> Path | None:
    places = (settings.kobe_dir / _kobe_name(which), settings.raw / _kobe_name(which))
    return next((path for path in places if path.is_file()), None)


def _downloaded(settings: Settings, which: Which) -> Path:
    cached = settings.raw / _kobe_name(which)
    if cached.is_file() and tables.digest(cached) == KOBE_SHA256[which]:
        return cached

    def original(path: Path) -> None:
        if tables.digest(path) != KOBE_SHA256[which]:
            raise CourtsideError(message("{name} is another file.", name=cached.name), tables.CHOOSE)

    try:
        fetching.fetch(settings, KOBE_URL + cached.name, cached, check=original)
    except CourtsideError as error:
        raise UnreachableError(
            message("The original file {name} could not be downloaded.", name=cached.name),
            message("Use the synthetic sample, or put the original files into a folder named by COURTSIDE_KOBE_DIR."),
        ) from error
    return cached


def _source(
    key: str,
    title: Message,
    path: Path | None,
    *,
    role: Role | None = None,
    size: tuple[int | None, int | None] = (None, None),
    synthetic: bool = False,
) -> Source:
    rows, columns = tables.shape(path) or size if path else size
    weight = path.stat().st_size if path else None
    return Source(key, title, path, rows, columns, weight, path is not None or synthetic, synthetic, role)


def _safe_name(name: str, mark: str) -> str:
    last = unicodedata.normalize("NFKD", re.split(r"[/\\]", name)[-1])
    parts = [re.sub(r"[^A-Za-z0-9._-]+", "_", part.encode("ascii", "ignore").decode()) for part in last.rsplit(".", 1)]
    stem = parts[0][:60].strip("._-") or "table"
    ending = "".join(parts[1:])[:8].lower()
    return f"{stem}-{mark}.{ending}" if ending else f"{stem}-{mark}"
