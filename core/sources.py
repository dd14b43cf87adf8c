"""Where tables and contracts come from: the original Kobe files, the synthetic sample, a user's own files."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from core import contract as contracts
from core import sample
from core.contract import Contract, nearest
from core.errors import CourtsideError
from core.messages import Message, message
from core.settings import HOUSE, Settings
from core.storage import atomic

Role = Literal["train", "production"]
KOBE_URL = "https://raw.githubusercontent.com/FTNeves80/Projeto_Kobe/main/data/01_raw/"
KOBE_FILES = {
    "train": ("dataset_kobe_dev.parquet", "3a177adbf7e4ef40cb770940a3aa52ee4880372352d4cf676a94a2d274a36b07"),
    "production": ("dataset_kobe_prod.parquet", "98e4a0c2ed17d350f84fd356bfdcce9b707e931ec37909999489a3d36cf9d05e"),
}
SAMPLE_SEED = 24
KOBE_TITLES = {
    "train": message("Original 2-point shots (training)"),
    "production": message("Original 3-point shots (production)"),
}
SAMPLE_TITLES = {
    "train": message("Synthetic sample, 2-point shots"),
    "production": message("Synthetic sample, 3-point shots"),
}
INFLATION = 20
"""How many times its upload limit a parquet file may grow to in memory, by its own metadata."""


@dataclass(frozen=True)
class Source:
    """One table that can be used: `key` names it to a workflow, `rows` and `columns` are None until it is here."""

    key: str
    title: Message
    role: Role | None
    path: Path | None
    rows: int | None
    columns: int | None
    synthetic: bool

    @property
    def available(self) -> bool:
        return self.path is not None


def names(settings: Settings) -> list[str]:
    """The projects: every contract of the workspace, and those that come with Courtside."""
    return sorted({path.stem for folder in _contract_folders(settings) for path in folder.glob("*.toml")})


def find(settings: Settings, name: str) -> Contract:
    """A project's contract; an unknown project is a `CourtsideError` that names the nearest."""
    for folder in _contract_folders(settings):
        path = folder / f"{name}.toml"
        if name in names(settings) and path.exists():
            return contracts.loads(path.read_text())
    near = nearest(name, names(settings))
    raise CourtsideError(
        message("There is no project {name}.", name=name),
        message("Did you mean {near}?", near=near)
        if near
        else message("The projects are {names}.", names=names(settings)),
    )


def catalogue(settings: Settings, contract: Contract) -> list[Source]:
    """What can be used for a project, the built-in sources first. Listing downloads and generates nothing."""
    listed = []
    if contract.source == "kobe":
        for role in KOBE_FILES:
            listed.append(_source(f"kobe-{role}", KOBE_TITLES[role], role, _kobe_here(settings, role)))
        for role in KOBE_FILES:
            path = _sample_path(settings, role)
            listed.append(
                _source(f"sample-{role}", SAMPLE_TITLES[role], role, path if path.exists() else None, synthetic=True)
            )
    uploads = sorted((settings.raw / "uploads").glob("*")) if (settings.raw / "uploads").exists() else []
    return listed + [_source(path.name, message("{name}", name=path.name), None, path) for path in uploads]


def resolve(settings: Settings, contract: Contract, data: str, *, role: Role) -> Path:
    """The file behind a source's key or a path; nothing given is the project's own data for `role`.

    The original files are taken wherever they can be had, else the synthetic sample is made.
    """
    if data.startswith("kobe-"):
        return kobe(settings, data.removeprefix("kobe-"))
    if data.startswith("sample-"):
        return make_sample(settings, data.removeprefix("sample-"))
    if data:
        upload = settings.raw / "uploads" / data
        return upload if "/" not in data and upload.exists() else Path(data).expanduser()
    if contract.source != "kobe":
        raise CourtsideError(
            message("The project {project} has no data of its own.", project=contract.name),
            message("Upload a file, or give its path."),
        )
    try:
        return kobe(settings, role)
    except CourtsideError:
        return make_sample(settings, role)


def kobe(settings: Settings, role: str) -> Path:
    """An original Kobe file: from `COURTSIDE_KOBE_DIR`, else downloaded once; its sha256 is checked."""
    name, expected = _known(role)
    here = _kobe_here(settings, role) or _download(settings, name, expected)
    found = digest(here)
    if found != expected:
        raise CourtsideError(
            message(
                "{path} is not the original file: its sha256 is {found}, expected {expected}.",
                path=str(here),
                found=found[:12],
                expected=expected[:12],
            ),
            message("Remove it, or point COURTSIDE_KOBE_DIR at the original files."),
        )
    return here


def make_sample(settings: Settings, role: str) -> Path:
    """The synthetic Kobe-like sample, generated on this machine the first time."""
    _known(role)
    path = _sample_path(settings, role)
    if not path.exists():
        with atomic(path) as temporary:
            sample.shots(role, seed=SAMPLE_SEED).to_parquet(temporary, index=False)
    return path


def keep_upload(settings: Settings, name: str, data: bytes) -> Path:
    """Stores an uploaded file under a safe name that carries its sha256, so that the same bytes are one file."""
    limit = settings.upload_megabytes * 2**20
    if len(data) > limit:
        raise CourtsideError(
            message(
                "The file has {size:.0f} MB; the limit is {limit} MB.", size=len(data) / 2**20, limit=limit // 2**20
            ),
            message("Give its path on the server instead, or raise COURTSIDE_UPLOAD_MB."),
        )
    _refuse_inflated(name, data, limit)
    stem, _, suffix = unicodedata.normalize("NFKC", name.replace("\\", "/").split("/")[-1]).rpartition(".")
    safe = re.sub(r"[^\w.-]+", "_", stem or suffix)[:60].strip("._") or "table"
    ending = re.sub(r"\W", "", suffix)[:8].lower() if stem else "bin"
    path = settings.raw / "uploads" / f"{safe}-{hashlib.sha256(data).hexdigest()[:8]}.{ending}"
    if not path.exists():
        with atomic(path) as temporary:
            temporary.write_bytes(data)
    return path


def read_table(path: Path) -> pd.DataFrame:
    """A parquet or CSV file as a table with a plain index; told apart by content, whatever the name says."""
    if not path.is_file():
        raise CourtsideError(
            message("There is no file {path}.", path=str(path)), message("Check the path, or choose a listed source.")
        )
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise CourtsideError(message("{name} is empty.", name=path.name), _CHOOSE)
    if head[:4] == b"PAR1":
        return _read_parquet(path)
    if head[:4] == b"PARE":
        raise CourtsideError(message("{name} is an encrypted parquet file.", name=path.name), _CHOOSE)
    if head[:2] == b"PK" or head[:4] == b"\xd0\xcf\x11\xe0":
        raise CourtsideError(
            message("{name} is an Excel or ZIP file; expected parquet or CSV.", name=path.name),
            message("Save it as CSV and upload that."),
        )
    if b"\0" in head or path.suffix.lower() == ".parquet":
        raise CourtsideError(message("{name} is not a parquet file, whatever its name says.", name=path.name), _CHOOSE)
    return _read_csv(path, head)


def digest(path: Path) -> str:
    """The sha256 of a file's bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_CHOOSE = message("Choose a parquet or CSV file. Nothing was changed.")


def _contract_folders(settings: Settings) -> list[Path]:
    return [settings.contracts, HOUSE / "data" / "contracts"]


def _known(role: str) -> tuple[str, str]:
    if role not in KOBE_FILES:
        raise CourtsideError(
            message("There is no source for {role}.", role=role),
            message("Choose among {names}.", names=list(KOBE_FILES)),
        )
    return KOBE_FILES[role]


def _kobe_here(settings: Settings, role: str) -> Path | None:
    name = KOBE_FILES[role][0]
    return next((path for path in (settings.kobe_dir / name, settings.raw / name) if path.exists()), None)


def _download(settings: Settings, name: str, sha256: str) -> Path:
    import pooch

    pooch.get_logger().setLevel("ERROR")
    try:
        fetch = pooch.HTTPDownloader(timeout=10)
        return Path(pooch.retrieve(KOBE_URL + name, f"sha256:{sha256}", name, settings.raw, downloader=fetch))
    except Exception as error:  # requests, urllib3, sockets and pooch each raise their own
        raise CourtsideError(
            message("The original file {name} could not be downloaded.", name=name),
            message("Check the network, put the files into COURTSIDE_KOBE_DIR, or use the synthetic sample."),
        ) from error


def _sample_path(settings: Settings, role: str) -> Path:
    return settings.raw / f"synthetic_{role}.parquet"


def _source(key: str, title: Message, role: Role | None, path: Path | None, *, synthetic: bool = False) -> Source:
    rows = columns = None
    if path is not None and path.suffix == ".parquet":
        import pyarrow.parquet as parquet
        from pyarrow import ArrowException

        try:
            metadata = parquet.read_metadata(path)
            rows, columns = metadata.num_rows, metadata.schema.to_arrow_schema().names.__len__()
        except (ArrowException, OSError):
            pass  # an unreadable upload is listed all the same; reading it says what is wrong
    return Source(key, title, role, path, rows, columns, synthetic)


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as parquet
    from pyarrow import ArrowException

    try:
        return (
            parquet.read_table(path).to_pandas(ignore_metadata=True).drop(columns="__index_level_0__", errors="ignore")
        )
    except (ArrowException, OSError, ValueError, NotImplementedError) as error:
        raise CourtsideError(
            message("{name} is a damaged parquet file: {error}", name=path.name, error=str(error).split("\n")[0][:200]),
            message("Export it again. Nothing was changed."),
        ) from error


def _read_csv(path: Path, head: bytes) -> pd.DataFrame:
    first = head.decode("utf-8", errors="ignore").split("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        head[: head.rfind(b"\n") + 1].decode("utf-8")
        encoding = "utf-8-sig"
    except UnicodeDecodeError:
        encoding = "latin-1"
    try:
        # A semicolon between fields goes with a comma inside numbers: so do spreadsheets in Brazil write them.
        return pd.read_csv(path, sep=separator, encoding=encoding, decimal="," if separator == ";" else ".")
    except (ValueError, OverflowError) as error:
        raise CourtsideError(
            message("{name} can't be read as CSV: {error}", name=path.name, error=str(error).split("\n")[0][:200]),
            _CHOOSE,
        ) from error


def _refuse_inflated(name: str, data: bytes, limit: int) -> None:
    import pyarrow.parquet as parquet
    from pyarrow import ArrowException

    if data[:4] != b"PAR1":
        return
    try:
        metadata = parquet.read_metadata(io.BytesIO(data))
    except (ArrowException, OSError):
        return  # damaged: reading it says so
    size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    if size > limit * INFLATION:
        raise CourtsideError(
            message("{name} would take {size:.0f} MB in memory.", name=name, size=size / 2**20),
            message("Split it, or give its path on the server instead."),
        )
