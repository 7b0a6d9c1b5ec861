"""The served log that all foreign verifiers look at, and the verifiers themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.running.served_log import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DEBIAN = Path("/usr/share/gocode")
"""Where Debian's packages of Go libraries are."""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One log for all tests; none of them changes it."""
    with serving(tmp_path_factory.mktemp("interop")) as held:
        yield held


@pytest.fixture(scope="session")
def tlogverify(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier of interop/, built with Debian's golang.org/x/mod or, without that, with the module's."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    built = tmp_path_factory.mktemp("go") / "tlogverify"
    debian = (DEBIAN / "src/golang.org/x/mod/sumdb/tlog").is_dir()
    settings = {"GO111MODULE": "off", "GOPATH": str(DEBIAN), "GOFLAGS": ""} if debian else {}
    environment = {**os.environ, **settings}
    for words in (["vet", "."], ["build", "-o", str(built), "."]):
        done = subprocess.run(
            ["go", *words],
            cwd=ROOT / "interop",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
    return built


def _installed(name: str) -> Path:
    program = ROOT / ".interop" / name
    if not program.exists():
        pytest.skip(f"{program.name} is not there; interop/install gets it")
    return program


@pytest.fixture(scope="session")
def fsck() -> Path:
    """Tessera's."""
    return _installed("fsck")


@pytest.fixture(scope="session")
def proofbundle() -> Path:
    """From PyPI."""
    return _installed("python/bin/proofbundle")


@pytest.fixture(scope="session")
def aics_tlog() -> Path:
    """From PyPI."""
    return _installed("python/bin/aics-tlog")
