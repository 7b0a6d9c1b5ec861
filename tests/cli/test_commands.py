"""The command line as a person and a script use it: real processes, exit codes, both streams."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from tests.running.events import okta_event, okta_lines
from tests.running.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = Path(sys.executable).parent / "affidavit"
SHARED = Path(__file__).parents[3] / "shared" / "samples"
VERBS = (
    "init",
    "serve",
    "import",
    "search",
    "show",
    "proof",
    "verify",
    "fsck",
    "drill",
    "checkpoint",
    "consistency",
    "keys",
    "sources",
    "tokens",
    "quarantine",
    "witness",
    "evidence",
)


def run(
    *words: str | Path, data: Path | None = None, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> Any:
    """The finished command; its streams as bytes."""
    named = {} if data is None else {"AFFIDAVIT_DATA": str(data)}
    held = {**os.environ, "COLUMNS": "200", "TERM": "dumb", **named, **(env or {})}
    return subprocess.run(
        [COMMAND, *words], input=stdin, capture_output=True, env=held, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a few records and one line in quarantine."""
    path = tmp_path_factory.mktemp("cli") / "data"
    assert run("init", data=path).returncode == 0
    sent = run(
        "import",
        "--source",
        "okta-test",
        "--type",
        "okta.system_log",
        "-",
        data=path,
        stdin=okta_lines(20) + b"not json\n",
    )
    assert sent.returncode == 0, sent.stderr
    assert sent.stdout == b"1 file: 20 accepted, 1 quarantined\n"
    assert b"-:21" in sent.stderr
    return path


@pytest.fixture
def served(data: Path) -> Iterator[Path]:
    """The same directory with a server on it."""
    server = Server(data)
    server.start()
    server.wait_ready()
    try:
        yield data
    finally:
        server.stop()


def lines(done: Any) -> list[dict[str, Any]]:
    """What was printed as NDJSON."""
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_help_names_every_verb_and_the_exit_codes() -> None:
    """`--help` is enough to begin with."""
    shown = run("--help").stdout.decode()
    assert all(re.search(rf"\b{verb}\b", shown) for verb in VERBS)
    assert "3 verification failed" in shown
    for verb in VERBS:
        assert run(verb, "--help").returncode == 0, verb


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["search", "colour:red"], 2),
        (["search", "--limit", "0"], 2),
        (["nonsense"], 2),
        (["show", "many"], 2),
        (["show", "999"], 2),
        (["sources", "add", "x", "--type", "no.such"], 2),
        (["import", "--source", "x", "--type", "okta.system_log", "no-such-file"], 2),
        (["search", "--server", "http://127.0.0.1:9"], 1),
        (["init"], 2),
    ],
)
def test_exit_codes(data: Path, words: list[str], code: int) -> None:
    """Usage is 2, what could not be done is 1; the reason is on stderr and stdout stays empty."""
    done = run(*words, data=data, env={"AFFIDAVIT_TOKEN": "aff_x"})
    assert (done.returncode, done.stdout) == (code, b""), done.stderr
    assert done.stderr


def test_no_data_directory(tmp_path: Path) -> None:
    """Without a data directory the message says how to make one."""
    done = run("search", data=tmp_path / "none")
    assert done.returncode == 1
    assert b"affidavit init" in done.stderr


def test_the_same_with_a_server_and_without(served: Path, data: Path) -> None:
    """A command prints the same whether it asks a running server or opens the directory itself."""
    commands = [
        ["search", "--json"],
        ["search", "actor:amelia*", "--limit", "3"],
        ["sources", "list"],
        ["quarantine", "list", "--json"],
        ["show", "3", "--json"],
    ]
    with_server = [run(*words, data=served) for words in commands]
    Server(data)
    assert [done.returncode for done in with_server] == [0] * len(commands)
    # The server of the fixture still runs; a copy of the directory has none.
    copy = data.parent / "copy"
    subprocess.run(["cp", "-a", str(data), str(copy)], check=True)
    (copy / "run" / "server.json").unlink()
    without = [run(*words, data=copy) for words in commands]
    assert [done.stdout for done in without] == [done.stdout for done in with_server]


def test_a_limit_is_never_silent(data: Path) -> None:
    """Where more match than are shown, stderr says so; without a limit everything is shown."""
    some = run("search", "--json", "--limit", "5", data=data)
    assert len(lines(some)) == 5
    assert b"more match" in some.stderr
    everything = run("search", "--json", data=data)
    assert len(lines(everything)) == 20
    assert everything.stderr == b""
    first = lines(everything)[0]
    assert first.keys() == {"index", "record", "source", "kind", "received", "event", "raw"}


def test_an_import_can_be_repeated(data: Path, tmp_path: Path) -> None:
    """The same file again, plain or compressed, adds nothing; folders are walked."""
    folder = tmp_path / "logs"
    (folder / "deep").mkdir(parents=True)
    body = okta_lines(30, actor="ines@harborline.example")
    (folder / "a.ndjson").write_bytes(body)
    (folder / "deep" / "b.ndjson.gz").write_bytes(gzip.compress(body))
    (folder / "c.ndjson.zst").write_bytes(zstandard.ZstdCompressor().compress(body))
    words = ["import", "--source", "repeat", "--type", "okta.system_log", str(folder)]
    assert run(*words, data=data).returncode == 0
    assert run(*words, data=data).returncode == 0
    assert len(lines(run("search", "source:repeat", "--json", data=data))) == 30


def test_a_document_is_imported_whole(data: Path, tmp_path: Path) -> None:
    """A CloudTrail file, pretty printed over many lines, is one document of events."""
    event = {
        "eventName": "ListBuckets",
        "eventSource": "s3.amazonaws.com",
        "eventTime": "2026-11-20T08:00:00Z",
    }
    file = tmp_path / "trail.json"
    file.write_text(json.dumps({"Records": [event] * 4}, indent=2))
    done = run("import", "--source", "trail", "--type", "aws.cloudtrail", file, "--json", data=data)
    assert lines(done)[0]["accepted"] == 4


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real samples is not beside the repository")
def test_real_samples_map(data: Path) -> None:
    """At least 98 % of real events are accepted and map to a specific class."""
    done = run(
        "import",
        "--source",
        "real",
        "--type",
        "okta.system_log",
        SHARED / "okta.system_log.ndjson",
        "--json",
        data=data,
    )
    assert lines(done)[0]["accepted"] >= 34
    found = lines(run("search", "source:real", "--json", data=data))
    assert all(record["event"]["class_uid"] for record in found)


def test_quarantine_shows_the_bytes(data: Path) -> None:
    """The refused line comes back byte for byte."""
    refused = lines(run("quarantine", "list", "--source", "okta-test", "--json", data=data))
    assert [line["code"] for line in refused] == ["not-json"]
    assert run("quarantine", "show", refused[0]["id"], data=data).stdout == b"not json"


def test_hostile_text_does_not_steer_a_terminal(data: Path) -> None:
    """Control characters of an event are shown escaped for a person."""
    hostile = json.dumps(okta_event(actor="\x1b[31mred\x07@harborline.example")).encode()
    run("import", "--source", "hostile", "--type", "okta.system_log", "-", data=data, stdin=hostile)
    shown = run("search", "source:hostile", data=data).stdout
    assert b"\x1b" not in shown
    assert b"\\x1b[31mred\\x07" in shown


def test_a_token_is_printed_as_json(data: Path) -> None:
    """`tokens create --json` is one object with the token, and only there."""
    created = lines(run("tokens", "create", "--scope", "ingest:okta-test", "--json", data=data))
    assert created[0]["token"].startswith("aff_")
    assert created[0]["token"] not in run("tokens", "list", data=data).stdout.decode()


def test_verify_finds_a_flipped_bit(data: Path, tmp_path: Path) -> None:
    """Exit 0 and a summary on what is clean; 3 and the place on what is not."""
    clean = run("verify", data=data)
    assert (clean.returncode, clean.stdout[:9]) == (0, b"Verified:"), clean.stderr
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-a", str(data), str(copy)], check=True)
    victim = max(
        (copy / "tenants/default/lake").rglob("*"), key=lambda file: file.is_file() * file.stat().st_size
    )
    changed = bytearray(victim.read_bytes())
    changed[len(changed) // 2] ^= 1
    victim.write_bytes(changed)
    done = run("verify", "--json", data=copy)
    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert not report["verified"]
    assert victim.name in json.dumps(report["differences"])


def test_keys_wrapped_with_a_passphrase(tmp_path: Path) -> None:
    """With a passphrase file everything works; without it the message names the variable."""
    words, path = tmp_path / "words", tmp_path / "data"
    words.write_text("correct horse battery staple\n")
    named = {"AFFIDAVIT_PASSPHRASE_FILE": str(words)}
    assert run("init", data=path, env=named).returncode == 0
    assert b"AGE-SECRET-KEY" not in (path / "tenants/default/keys/data.agekey").read_bytes()
    assert run("verify", data=path, env=named).returncode == 0
    done = run("search", data=path)
    assert done.returncode == 1
    assert b"AFFIDAVIT_PASSPHRASE_FILE" in done.stderr
