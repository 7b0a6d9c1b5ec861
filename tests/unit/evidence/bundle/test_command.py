"""The standalone verifier's command: the same options, words and exit codes as `affidavit evidence verify`."""

from __future__ import annotations

import io
import json
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from tests.running.bundled import TOOL, BundledLog, Row
from tests.running.tsa import new_tsa
from tests.simulators.forger import Forger

from affidavit.evidence.bundle import command
from affidavit.evidence.bundle.command import main

LOG = BundledLog([Row(index=at) for at in range(20)])
OTHER = BundledLog([], seed=b"o")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle in a file."""
    path = tmp_path_factory.mktemp("command") / "bundle.zip"
    path.write_bytes(LOG.make(4, 12, since=5, until=11).data)
    return path


def verify(*words: str | Path, tool: str = TOOL) -> int:
    """The exit code."""
    return main([str(word) for word in words], tool=tool)


def test_a_clean_bundle_is_verified(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, and the conclusion in the last line."""
    keys = [word for key in LOG.keys for word in ("--key", key)]
    assert verify(file, *keys, tool="another") == 0
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.split("\n")
    assert lines[-2:] == ["VERIFIED: 6 records of log.harborline.example/test, entries 4 up to 12.", ""]
    assert "proved: those keys are the ones that you gave" in lines
    assert f"NOT proved: that verify.py is the published one of {TOOL}: this is another" in lines


def test_programs_get_one_json_object(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With everything that the text says."""
    assert verify(file, "--json", tool="another") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["verified"] is True
    assert said["sha256"] == sha256(file.read_bytes()).hexdigest()
    assert any("WHO signed" in what for what in said["not_proved"])


def test_faults_are_exit_code_3(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its code; a verifier inside that is not this one is such a fault."""
    forger = Forger(file.read_bytes())
    forger.set_records(forger.records()[1:])
    changed = tmp_path / "changed.zip"
    changed.write_bytes(forger.plain())
    assert verify(changed) == 3
    said = capsys.readouterr().out
    assert "FAULT row-dropped: " in said
    assert "FAULT verifier-replaced: " in said
    assert said.endswith("faults.\n")
    for wrong in (
        ["--key", OTHER.keys[0]],
        ["--policy", tmp_path / "policy"],
        ["--roots", tmp_path / "roots"],
    ):
        (tmp_path / "policy").write_bytes(OTHER.policy())
        (tmp_path / "roots").write_bytes(new_tsa(tmp_path / "tsa", kind="p256")[1].pem)
        code = verify(file, *wrong, tool="another")
        assert code == (0 if wrong[0] == "--roots" else 3), wrong
        assert ("FAULT key-other" in capsys.readouterr().out) == (code == 3)


def test_the_verifier_itself_is_what_it_compares_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bundle that carries the file which runs is one with the published verifier."""
    made = LOG.make(4, 12, since=5, until=11)
    forger = Forger(made.data)
    forger.members["verify.py"] = Path(command.__file__).read_bytes()
    path = tmp_path / "bundle.zip"
    path.write_bytes(forger.signed(LOG))
    assert verify(path) == 0
    assert "verify.py is" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["/nowhere/bundle.zip"],
        ["BUNDLE", "--key", "nonsense"],
        ["BUNDLE", "--policy", "/nowhere/policy"],
        ["BUNDLE", "--policy", "BUNDLE"],
        ["BUNDLE", "--roots", "/nowhere/roots"],
        ["BUNDLE", "--roots", "BUNDLE"],
    ],
)
def test_what_cannot_be_asked_is_exit_code_2(
    file: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason goes to the standard error, and nothing is said of the bundle."""
    assert verify(*(file if word == "BUNDLE" else word for word in words)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err) > 10
    assert said.err.endswith("\n")


@pytest.mark.parametrize("words", [[], ["BUNDLE", "--nonsense"], ["BUNDLE", "another"], ["BUNDLE", "--key"]])
def test_what_is_no_use_of_it_is_exit_code_2(
    file: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As other commands have it."""
    with pytest.raises(SystemExit) as caught:
        verify(*(file if word == "BUNDLE" else word for word in words))
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_help_and_version_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each option is for, and which program this is."""
    monkeypatch.setenv("COLUMNS", "200")
    for word in ("--help", "--version"):
        with pytest.raises(SystemExit) as caught:
            verify(word)
        assert caught.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    for text in (
        "Verify an evidence bundle of Affidavit, offline.",
        "Exit codes: 0 verified, 2 usage, 3 not verified.",
        "the bundle, a ZIP file",
        "--key KEY a verifier key of the log; repeat it",
        "--policy POLICY logs, witnesses and quorum that you believe: a C2SP tlog-policy",
        "--roots ROOTS root certificates (PEM) of the time-stamping authority",
        "--json print one JSON object",
        "--version show program's version number and exit",
    ):
        assert f" {text} " in f" {said} "
    assert said.endswith(TOOL)


def test_text_that_the_output_cannot_spell_is_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verdict is given on a terminal of any encoding."""
    path = tmp_path / "bundle.zip"
    forger = Forger(LOG.make(4, 12, since=5, until=11).data)
    manifest = forger.manifest
    manifest["tool"] = "Zo\u00eb"
    forger.manifest = manifest
    path.write_bytes(forger.signed(LOG))
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="ascii", write_through=True))
    assert verify(path) == 0
    assert b"the published one of Zo\\xeb: this is" in output.getvalue()


def test_hostile_text_does_not_steer_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a bundle says of itself is printed without control characters."""
    path = tmp_path / "bundle.zip"
    forger = Forger(LOG.make(4, 12, since=5, until=11).data)
    manifest = forger.manifest
    manifest["tool"] = "\x1b[2Ja\u202eb\u00e9"
    forger.manifest = manifest
    path.write_bytes(forger.signed(LOG))
    assert verify(path) == 0
    said = capsys.readouterr().out
    assert "the published one of \\x1b[2Ja\\x202eb\u00e9: this is" in said
    assert "\x1b" not in said
    assert said.count("\n") > 5
