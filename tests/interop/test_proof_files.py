"""Proof files and checkpoints that leave the server, in the hands of other projects' verifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.running.served_log import Served, run

from affidavit.formats.tlog.cosignature import Ed25519Cosigner, MlDsa44Signer
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.proof import parse_proof

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

WITNESS = SigningKey("witness.example/one", KeyType.ED25519_COSIGNATURE, bytes(range(32)))
OTHER = SigningKey("witness.example/two", KeyType.ML_DSA_44, bytes(range(1, 33)))


@pytest.fixture(scope="module")
def cosigned(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The proof with the cosignatures of two witnesses, one of either kind."""
    proof = served.proof.read_bytes()
    text = parse_note(parse_proof(proof).checkpoint).text
    lines = [
        Ed25519Cosigner(WITNESS).cosign(text, time_s=1_800_000_000).line(),
        MlDsa44Signer(OTHER).cosign(text, time_s=1_800_000_001).line(),
    ]
    file = tmp_path_factory.mktemp("cosigned") / "cosigned.tlog-proof"
    file.write_bytes(proof + "".join(lines).encode())
    return file


def altered(file: Path, folder: Path, old: bytes, new: bytes) -> Path:
    """A copy in which the first `old` is `new`."""
    data = file.read_bytes()
    assert old in data
    copy = folder / "altered.tlog-proof"
    copy.write_bytes(data.replace(old, new, 1))
    return copy


def test_go_reads_the_proof(served: Served, cosigned: Path, tlogverify: Path, tmp_path: Path) -> None:
    """Of this entry and no other, at this index and no other; with the witness's cosignature where asked."""
    command = (tlogverify, "-key", served.keys)
    done = run(*command, "proof", served.proof, served.entry)
    assert done.returncode == 0, done.stderr
    assert run(*command, "proof", served.proof, served.keys).returncode != 0
    moved = altered(served.proof, tmp_path, b"\nindex 300\n", b"\nindex 301\n")
    assert run(*command, "proof", moved, served.entry).returncode != 0
    witnesses = tmp_path / "witnesses"
    witnesses.write_text(f"{WITNESS.verifier_key()}\n")
    asked = (*command, "-witness", witnesses)
    done = run(*asked, "proof", cosigned, served.entry)
    assert done.returncode == 0, done.stderr
    assert run(*asked, "proof", served.proof, served.entry).returncode != 0  # it did not sign this one


def test_go_reads_the_consistency_proof(served: Served, tlogverify: Path) -> None:
    """The hashes that the server gave join the two checkpoints, in their order only."""
    command = (tlogverify, "-key", served.keys, "consistency")
    done = run(*command, served.earlier, served.later, served.consistency)
    assert done.returncode == 0, done.stderr
    assert run(*command, served.later, served.earlier, served.consistency).returncode != 0
    assert run(*command, served.later, served.later, served.consistency).returncode != 0


def test_proofbundle_reads_the_proof(
    served: Served, cosigned: Path, proofbundle: Path, tmp_path: Path
) -> None:
    """The log's Ed25519 signature, both kinds of cosignature, the inclusion; and none of them altered."""
    command = (proofbundle, "verify-proof", "--log-vkey", served.ed25519.read_text())
    done = run(*command, "--payload-file", served.entry, served.proof)
    assert done.returncode == 0, done.stdout
    one, two = (str(key.verifier_key()) for key in (WITNESS, OTHER))
    asked = (
        *command,
        "--witness-vkey",
        one,
        "--witness-vkey",
        two,
        "--threshold",
        "2",
        "--payload-file",
        served.entry,
    )
    done = run(*asked, cosigned)
    assert done.returncode == 0, done.stdout
    assert run(*asked, served.proof).returncode != 0
    moved = altered(cosigned, tmp_path, b"\nindex 300\n", b"\nindex 301\n")
    assert run(*asked, moved).returncode != 0
