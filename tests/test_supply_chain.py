"""What the set-up installs: nothing but the files whose hashes the locks hold, and a list of it for others."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from core.store.settings import HOUSE

LOCKS = ("requirements.txt", "tests/requirements.txt")


def pinned(lock: str) -> dict[str, list[str]]:
    """The hashes of each package of a lock, by its name and version."""
    joined = lock.replace("\\\n", " ")
    lines = [line.split() for line in joined.splitlines() if re.match(r"[a-z0-9]", line)]
    return {line[0]: re.findall(r"--hash=sha256:([0-9a-f]{64})", " ".join(line)) for line in lines}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_is_one_version_with_the_hashes_of_its_files(name):
    found = pinned((HOUSE / name).read_text())
    assert found
    assert [package for package in found if "==" not in package] == []
    assert [package for package, hashes in found.items() if not hashes] == []


def test_a_package_without_a_hash_would_be_found():
    lock = (HOUSE / LOCKS[0]).read_text() + "intruder==1.0\n"
    assert [package for package, hashes in pinned(lock).items() if not hashes] == ["intruder==1.0"]


def test_the_set_up_takes_nothing_without_its_hash():
    commands = [
        line for line in (HOUSE / "Makefile").read_text().splitlines() if "pip install" in line and "-r " in line
    ]
    assert len(commands) == len(LOCKS)
    assert all("--require-hashes" in command for command in commands)


@pytest.mark.slow
def test_the_bill_of_materials_names_every_package_of_the_lock(tmp_path):
    for name in ("Makefile", "requirements.txt"):
        (tmp_path / name).write_text((HOUSE / name).read_text())
    subprocess.run(["make", "sbom"], cwd=tmp_path, check=True)
    made = json.loads((Path(tmp_path) / "sbom.json").read_text())
    named = {f"{one['name']}=={one['version']}" for one in made["components"]}
    assert made["bomFormat"] == "CycloneDX"
    assert {name.lower() for name in named} == {
        name.lower() for name in pinned((HOUSE / "requirements.txt").read_text())
    }
