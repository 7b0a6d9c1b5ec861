"""The verifier in one file needs nothing of Affidavit, and says the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.running.events import okta_lines
from tests.running.in_process import api_in_process
from tests.simulators.forger import Forger

from affidavit.assembly.directory import open_directory
from affidavit.assembly.evidence import BundleMaker
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.bundle.create import Question
from affidavit.formats.record.seal import NAMES

ROOT = Path(__file__).parents[2]
VERIFIER = ROOT / "src" / "affidavit" / "evidence" / "verifier" / "affidavit-verify.py"
_MODULES = """
import runpy, sys
sys.argv[0:1] = []
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    foreign = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
    print("FOREIGN", sorted(name for name in foreign if name[0] != "_"), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...]]:
    """A bundle in a file, and the log's keys."""
    folder = tmp_path_factory.mktemp("standalone")
    with api_in_process(folder / "data") as api:
        api.sent(api.declare("okta-prod"), okta_lines(30))
    directory = open_directory(folder / "data")
    maker = BundleMaker(directory, DEFAULT_TENANT)
    question = Question(
        query="",
        since=None,
        until=None,
        since_us=None,
        until_us=None,
        disclosed=NAMES,
        asked_by="auditor",
        asked_token="0123",
    )
    file = folder / "bundle.zip"
    file.write_bytes(maker.make(question).data)
    maker.close()
    keys = directory.keyring(DEFAULT_TENANT).verifier_keys
    directory.database.close()
    return file, keys


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The verifier, in isolated mode, away from the repository, and unmeasured: coverage would be loaded too."""
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.run(
        [sys.executable, "-I", *words],
        cwd="/",
        env=unmeasured,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_clean_bundle_verifies(bundle: tuple[Path, tuple[str, ...]]) -> None:
    """Exit code 0, and it says that the keys are those that were given."""
    file, keys = bundle
    done = run(VERIFIER, file, "--json", *(word for key in keys for word in ("--key", key)))
    assert done.returncode == 0, done.stdout + done.stderr
    verdict = json.loads(done.stdout)
    assert verdict["verified"]
    assert any("the ones that you gave" in what for what in verdict["proved"])


def test_it_needs_cryptography_alone(bundle: tuple[Path, tuple[str, ...]]) -> None:
    """No module is loaded but the standard library's, cryptography's and what that itself loads."""
    done = run("-c", _MODULES, VERIFIER, bundle[0])
    assert "FOREIGN ['cryptography']" in done.stderr, done.stderr


def test_the_copy_in_a_bundle_is_the_same(bundle: tuple[Path, tuple[str, ...]]) -> None:
    """verify.py of a bundle is the published file."""
    assert Forger(bundle[0].read_bytes()).members["verify.py"] == VERIFIER.read_bytes()


def test_a_fault_is_exit_code_3(bundle: tuple[Path, tuple[str, ...]], tmp_path: Path) -> None:
    """The reason is printed."""
    forger = Forger(bundle[0].read_bytes())
    forger.set_records(forger.records()[1:])
    changed = tmp_path / "changed.zip"
    changed.write_bytes(forger.plain())
    done = run(VERIFIER, changed)
    assert done.returncode == 3
    assert "row-dropped" in done.stdout


@pytest.mark.parametrize(
    "words", [["no-such-file.zip"], ["BUNDLE", "--key", "nonsense"], ["BUNDLE", "--policy", "/none"]]
)
def test_what_cannot_be_asked_is_exit_code_2(bundle: tuple[Path, tuple[str, ...]], words: list[str]) -> None:
    """Nothing is said about the bundle then."""
    done = run(VERIFIER, *(str(bundle[0]) if word == "BUNDLE" else word for word in words))
    assert (done.returncode, done.stdout) == (2, "")
