"""`affidavit proof` and `affidavit consistency`: what an outsider does with files alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tests.running.altered_proofs import ALTERED_PROOFS
from tests.running.events import okta_lines

from affidavit.formats.tlog.checkpoint import Checkpoint, parse_checkpoint
from affidavit.formats.tlog.cosignature import Ed25519Cosigner
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.proof import parse_proof
from affidavit.formats.tlog.signing import sign_checkpoint
from affidavit.keys.keyring import Keyring
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.running.altered_proofs import Attack

COMMAND = Path(sys.executable).parent / "affidavit"


class Kept(NamedTuple):
    """What an outsider holds, and where the log is."""

    data: Path
    keys: Path
    earlier: Path
    """A checkpoint from before the log grew."""
    proof: Path
    """Of record 5, with its entry."""


def run(*words: str | Path, data: Path | None = None) -> Any:
    """The finished command."""
    held = {**os.environ, "COLUMNS": "200", **({} if data is None else {"AFFIDAVIT_DATA": str(data)})}
    return subprocess.run(
        [COMMAND, *words], capture_output=True, text=True, env=held, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A log of 12 entries, then of 300."""
    folder = tmp_path_factory.mktemp("proving")
    data, keys, earlier, proof = (folder / name for name in ("data", "keys", "earlier", "5.tlog-proof"))
    assert run("init", data=data).returncode == 0
    for count, name in ((12, "one"), (288, "two")):
        (folder / name).write_bytes(okta_lines(count))
        imported = run("import", "--source", name, "--type", "okta.system_log", folder / name, data=data)
        assert imported.returncode == 0, imported.stderr
        if name == "one":
            earlier.write_text(json.loads(run("checkpoint", "--json", data=data).stdout)["note"])
    keys.write_text("\n".join(json.loads(run("checkpoint", "--json", data=data).stdout)["verifier_keys"]))
    made = run("proof", "5", "--with-entry", "-o", proof, data=data)
    assert (made.returncode, made.stdout) == (0, ""), made.stderr
    return Kept(data, keys, earlier, proof)


def signed(kept: Kept, size: int, root: bytes) -> bytes:
    """A checkpoint that the log's true keys sign, whatever it says: a thief's, or a lying operator's."""
    keyring = Keyring.open(LocalStore(kept.data / "tenants" / "default"))
    checkpoint = Checkpoint(keyring.origin, size, root)
    return sign_checkpoint(checkpoint, ed25519=keyring.log_signer, ml_dsa=keyring.log_cosigner, time_s=1)


def test_a_proof_is_verified_offline(kept: Kept) -> None:
    """The file, the keys and no data directory: the index, the tree and who signed."""
    done = run(
        "proof", "verify", kept.proof, "--key", kept.keys, "--index", "5", "--json", data=Path("/none")
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["index"], said["size"], len(said["signatures"])) == (5, 300, 2)
    shown = json.loads(run("show", "5", "--json", data=kept.data).stdout)
    assert said["leaf"] == shown["leaf"]


def test_the_entry_or_its_leaf_may_come_from_elsewhere(kept: Kept, tmp_path: Path) -> None:
    """A bare proof needs --entry or --leaf, says so, and refuses another entry."""
    bare, entry = tmp_path / "bare.tlog-proof", tmp_path / "entry.json"
    bare.write_text(run("proof", "5", data=kept.data).stdout)
    extra = parse_proof(kept.proof.read_bytes()).extra
    assert extra is not None
    entry.write_bytes(extra + b"\n")
    leaf = json.loads(run("show", "5", "--json", data=kept.data).stdout)["leaf"]
    verify = ("proof", "verify", bare, "--key", kept.keys)
    assert run(*verify).returncode == 2
    assert run(*verify, "--entry", entry).returncode == 0
    assert run(*verify, "--leaf", leaf).returncode == 0
    entry.write_bytes(extra.replace(b"}", b" }", 1))
    assert run(*verify, "--entry", entry).returncode == 3
    assert run("proof", "verify", bare, "--leaf", leaf).returncode == 2  # nobody to believe


ATTACKS: Mapping[str, Attack] = {
    **ALTERED_PROOFS,
    "edited-entry": lambda proof: proof.replace(b"\nextra ", b"\nextra AAAA", 1),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_altered_proof_is_refused(kept: Kept, tmp_path: Path, attack: str) -> None:
    """Exit 3, the reason on stderr, nothing on stdout, and no traceback."""
    altered = tmp_path / "altered.tlog-proof"
    proof = kept.proof.read_bytes()
    altered.write_bytes(ATTACKS[attack](proof))
    assert altered.read_bytes() != proof
    done = run("proof", "verify", altered, "--key", kept.keys)
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert done.stderr.startswith("affidavit: ")


def test_a_policy_asks_for_its_quorum(kept: Kept, tmp_path: Path) -> None:
    """Without the witness's cosignature the proof is refused; with it the witness and its time are named."""
    key = SigningKey("witness.example", KeyType.ED25519_COSIGNATURE, bytes(range(32)))
    policy, cosigned = tmp_path / "policy", tmp_path / "cosigned.tlog-proof"
    log = kept.keys.read_text().splitlines()[0]
    policy.write_text(f"log {log}\nwitness w {key.verifier_key()}\nquorum w\n")
    done = run("proof", "verify", kept.proof, "--policy", policy)
    assert (done.returncode, done.stdout) == (3, "")
    assert "quorum" in done.stderr
    proof = parse_proof(kept.proof.read_bytes())
    line = Ed25519Cosigner(key).cosign(parse_note(proof.checkpoint).text, time_s=1_800_000_000).line()
    cosigned.write_bytes(kept.proof.read_bytes() + line.encode())
    done = run("proof", "verify", cosigned, "--policy", policy, "--json")
    assert done.returncode == 0, done.stderr
    by = [signed for signed in json.loads(done.stdout)["signatures"] if signed["role"] == "witness"]
    assert [(signed["name"], signed["time"]) for signed in by] == [
        ("witness.example", "2027-01-15T08:00:00.000000Z")
    ]


def test_the_log_extends_a_kept_checkpoint(kept: Kept) -> None:
    """From a file to the newest, between sizes, and with keys from elsewhere."""
    done = run("consistency", kept.earlier, "--key", kept.keys, "--json", data=kept.data)
    assert done.returncode == 0, done.stderr
    assert {name: json.loads(done.stdout)[name] for name in ("from", "to")} == {"from": 12, "to": 300}
    assert run("consistency", "7", "20", data=kept.data).returncode == 0
    assert run("consistency", "300", kept.earlier, data=kept.data).returncode == 2  # the wrong way round


def test_a_fork_and_a_rolled_back_log_are_refused(kept: Kept, tmp_path: Path) -> None:
    """Well signed, but no proof leads from it to the log: exit 3, and the advice to keep both."""
    size = parse_checkpoint(parse_note(kept.earlier.read_bytes()).text).size
    for name, forged in {
        "fork": signed(kept, size, bytes(32)),
        "two-histories": signed(kept, 300, bytes(32)),
        "rolled-back": signed(kept, 1000, bytes(32)),
    }.items():
        file = tmp_path / name
        file.write_bytes(forged)
        done = run("consistency", file, "--key", kept.keys, data=kept.data)
        assert (done.returncode, done.stdout) == (3, ""), name
        assert "Keep both checkpoints" in done.stderr
    file.write_bytes(kept.earlier.read_bytes().replace(b"\n12\n", b"\n13\n"))
    assert run("consistency", file, data=kept.data).returncode == 3  # badly signed


def test_what_proves_nothing_is_a_mistake_of_the_caller(kept: Kept, tmp_path: Path) -> None:
    """From nothing, beyond the log, or from what is no checkpoint's file: exit 2."""
    for words in (["0"], ["1", "9999"], ["no-such-file"]):
        assert run("consistency", *words, data=kept.data).returncode == 2, words
    assert run("proof", "300", data=kept.data).returncode == 2
    missing = run("proof", "5", "-o", tmp_path / "no" / "folder", data=kept.data)
    assert (missing.returncode, missing.stdout) == (2, "")


def test_growth_is_verified_across_a_rotation_of_the_keys(tmp_path: Path, kept: Kept) -> None:
    """With keys from before, from after, or those that the server states; with another log's keys it is refused."""
    data, earlier, before, after = (tmp_path / name for name in ("data", "earlier", "before", "after"))
    subprocess.run(["cp", "-a", str(kept.data), str(data)], check=True)
    earlier.write_bytes(kept.earlier.read_bytes())
    before.write_bytes(kept.keys.read_bytes())
    assert run("keys", "rotate", data=data).returncode == 0
    after.write_text("\n".join(json.loads(run("checkpoint", "--json", data=data).stdout)["verifier_keys"]))
    assert after.read_text() != before.read_text()
    held: tuple[tuple[str | Path, ...], ...] = ((), ("--key", before), ("--key", after))
    for words in held:
        done = run("consistency", earlier, *words, "--json", data=data)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["to"] > 300
    stranger = tmp_path / "stranger"
    assert run("init", data=stranger).returncode == 0
    keys = stranger / "tenants" / "default" / "keys" / "log.vkey"
    assert run("consistency", earlier, "--key", keys, data=data).returncode == 3
