"""`affidavit keys`, and `affidavit verify --key` with keys from before a rotation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.running.events import okta_lines

COMMAND = Path(sys.executable).parent / "affidavit"


def run(*words: str | Path, data: Path, passphrase: Path | None = None) -> Any:
    """The finished command."""
    held = {**os.environ, "COLUMNS": "200", "AFFIDAVIT_DATA": str(data)}
    if passphrase is not None:
        held["AFFIDAVIT_PASSPHRASE_FILE"] = str(passphrase)
    return subprocess.run(
        [COMMAND, *words], capture_output=True, text=True, env=held, check=False, timeout=300
    )


def done(*words: str | Path, data: Path, passphrase: Path | None = None) -> list[Any]:
    """What a command that succeeds prints with --json."""
    finished = run(*words, "--json", data=data, passphrase=passphrase)
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_rotate_without_a_server_and_verify_from_the_first_keys(tmp_path: Path) -> None:
    """Wrapped keys stay wrapped; the keys that `init` printed verify the log; those of another log do not."""
    data, kept, words = tmp_path / "data", tmp_path / "kept", tmp_path / "passphrase"
    words.write_text("correct horse battery staple\n")
    (made,) = done("init", data=data, passphrase=words)
    kept.write_text("\n".join(made["verifier_keys"]))
    (tmp_path / "events").write_bytes(okta_lines(5))
    done(
        "import",
        "--source",
        "okta",
        "--type",
        "okta.system_log",
        tmp_path / "events",
        data=data,
        passphrase=words,
    )

    sets = done("keys", "rotate", data=data, passphrase=words)
    assert [held["verifier_keys"] == made["verifier_keys"] for held in sets] == [True, False]
    assert [(held["since_size"], held["until_size"]) for held in sets] == [(0, 6), (6, None)]
    assert done("keys", "list", data=data, passphrase=words) == sets
    assert done("checkpoint", data=data, passphrase=words)[0]["verifier_keys"] == sets[1]["verifier_keys"]
    secret = data / "tenants" / "default" / "keys" / "log.key"
    assert secret.read_bytes().startswith(b"-----BEGIN AGE ENCRYPTED FILE-----")
    assert secret.stat().st_mode & 0o777 == 0o600
    shown = run("keys", "list", data=data, passphrase=words).stdout
    assert "Checkpoints from size 0 to 6:" in shown
    assert sets[1]["verifier_keys"][0] in shown

    assert done("verify", "--key", kept, data=data, passphrase=words)[0]["size"] == 6
    (other,) = done("init", data=tmp_path / "other")
    kept.write_text("\n".join(other["verifier_keys"]))
    refused = run("verify", "--key", kept, data=data, passphrase=words)
    assert refused.returncode == 3
    assert "keys-unrelated" in refused.stderr
