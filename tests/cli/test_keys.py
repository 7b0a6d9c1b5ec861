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


def run(*words: str | Path, data: Path) -> Any:
    """The finished command."""
    held = {**os.environ, "COLUMNS": "200", "AFFIDAVIT_DATA": str(data)}
    return subprocess.run(
        [COMMAND, *words], capture_output=True, text=True, env=held, check=False, timeout=300
    )


def done(*words: str | Path, data: Path) -> list[Any]:
    """What a command that succeeds prints with --json."""
    finished = run(*words, "--json", data=data)
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_rotate_without_a_server_and_verify_from_the_first_keys(tmp_path: Path) -> None:
    """The keys that `init` printed verify the log; those of another log do not."""
    data, kept = tmp_path / "data", tmp_path / "kept"
    (made,) = done("init", data=data)
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
    )

    sets = done("keys", "rotate", data=data)
    assert [held["verifier_keys"] == made["verifier_keys"] for held in sets] == [True, False]
    assert [(held["since_size"], held["until_size"]) for held in sets] == [(0, 6), (6, None)]
    assert done("keys", "list", data=data) == sets
    assert done("checkpoint", data=data)[0]["verifier_keys"] == sets[1]["verifier_keys"]
    secret = data / "tenants" / "default" / "keys" / "log.key"
    assert secret.stat().st_mode & 0o777 == 0o600
    shown = run("keys", "list", data=data).stdout
    assert "Checkpoints from size 0 to 6:" in shown
    assert sets[1]["verifier_keys"][0] in shown

    assert done("verify", "--key", kept, data=data)[0]["size"] == 6
    (other,) = done("init", data=tmp_path / "other")
    kept.write_text("\n".join(other["verifier_keys"]))
    refused = run("verify", "--key", kept, data=data)
    assert refused.returncode == 3
    assert "keys-unrelated" in refused.stderr
