"""Proof files and checkpoints that leave the server, in the hands of other projects' verifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.running.altered_proofs import ALTERED_PROOFS
from tests.running.served_log import Served, run
from tests.running.server import AFFIDAVIT

from affidavit.formats.tlog.note import format_note, parse_note
from affidavit.formats.tlog.proof import TlogProof, format_proof, parse_proof

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bare(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The proof without the cosignatures: only the log's own word."""
    proof = parse_proof(served.proof.read_bytes())
    note = parse_note(proof.checkpoint)
    origin = note.text.decode().split("\n", 1)[0]
    own = format_note(note.text, [signature for signature in note.signatures if signature.name == origin])
    assert len(own) < len(proof.checkpoint)
    file = tmp_path_factory.mktemp("bare") / "bare.tlog-proof"
    file.write_bytes(format_proof(TlogProof(proof.index, proof.hashes, own)))
    return file


def test_the_proof_holds_what_its_policy_asks_for(served: Served, bare: Path) -> None:
    """Published with the witness's cosignatures, it carries them; cut out, they are missed."""
    words = ("proof", "verify", "--entry", served.entry, "--policy", served.policy)
    done = run(AFFIDAVIT, *words, served.proof)
    assert done.returncode == 0, done.stderr
    assert run(AFFIDAVIT, *words, bare).returncode == 3


def test_go_reads_the_proof(served: Served, bare: Path, tlogverify: Path) -> None:
    """Of this entry and no other, at this index and no other; with the witness's cosignature where asked."""
    command = (tlogverify, "-key", served.keys)
    done = run(*command, "proof", served.proof, served.entry)
    assert done.returncode == 0, done.stderr
    assert run(*command, "proof", served.proof, served.keys).returncode != 0
    assert run(*command, "proof", bare, served.entry).returncode == 0
    asked = (*command, "-witness", served.witness)
    done = run(*asked, "proof", served.proof, served.entry)
    assert done.returncode == 0, done.stderr
    assert run(*asked, "proof", bare, served.entry).returncode != 0


def test_go_reads_the_consistency_proof(served: Served, tlogverify: Path) -> None:
    """The hashes that the server gave join the two checkpoints, in their order only."""
    command = (tlogverify, "-key", served.keys, "consistency")
    done = run(*command, served.earlier, served.later, served.consistency)
    assert done.returncode == 0, done.stderr
    assert run(*command, served.later, served.earlier, served.consistency).returncode != 0
    assert run(*command, served.later, served.later, served.consistency).returncode != 0


def test_proofbundle_reads_the_proof(served: Served, bare: Path, proofbundle: Path) -> None:
    """The log's Ed25519 signature, either kind of cosignature, the inclusion; and that a cosignature is missing."""
    command = (proofbundle, "verify-proof", "--log-vkey", served.ed25519.read_text())
    done = run(*command, "--payload-file", served.entry, served.proof)
    assert done.returncode == 0, done.stdout
    for witness in (served.witness.read_text(), served.ml_dsa_witness):
        asked = (*command, "--witness-vkey", witness, "--threshold", "1", "--payload-file", served.entry)
        done = run(*asked, served.proof)
        assert done.returncode == 0, done.stdout
        assert run(*asked, bare).returncode != 0


@pytest.mark.parametrize("attack", ALTERED_PROOFS)
@pytest.mark.parametrize("verifier", ["affidavit", "tlogverify", "proofbundle"])
def test_an_altered_proof_is_refused_by_everybody(
    request: pytest.FixtureRequest, served: Served, tmp_path: Path, verifier: str, attack: str
) -> None:
    """Verifiers that share no code agree on what proves nothing."""
    file = tmp_path / "altered.tlog-proof"
    file.write_bytes(ALTERED_PROOFS[attack](served.proof.read_bytes()))
    key = served.ed25519
    words: tuple[str | Path, ...]
    match verifier:
        case "tlogverify":
            words = (request.getfixturevalue(verifier), "-key", key, "proof", file, served.entry)
        case "proofbundle":
            keys = ("--log-vkey", key.read_text(), "--payload-file", served.entry)
            words = (request.getfixturevalue(verifier), "verify-proof", *keys, file)
        case _:
            words = (AFFIDAVIT, "proof", "verify", "--key", key, "--entry", served.entry, file)
    assert run(*words).returncode != 0
