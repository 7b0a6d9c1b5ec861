"""Bundles of a log that has a past: rotated keys, kept checkpoints, witnesses and timestamps."""

from __future__ import annotations

import dataclasses
import io
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from tests.running.events import okta_lines
from tests.running.in_process import Api, api_in_process
from tests.running.tsa import new_tsa
from tests.simulators.forger import Forger

from affidavit.assembly.directory import open_directory
from affidavit.assembly.evidence import BundleMaker
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.bundle.create import Question
from affidavit.evidence.bundle.trusting import read_trust
from affidavit.evidence.bundle.verify import verify_bundle
from affidavit.formats.record.seal import NAMES
from affidavit.formats.rfc3161 import parse_response, request
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.cosignature import Ed25519Cosigner
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import format_note, parse_note

if TYPE_CHECKING:
    from pathlib import Path

    from affidavit.evidence.bundle.verdict import Verdict
    from affidavit.keys.keyring import Keyring

WITNESS = SigningKey("witness.example/w1", KeyType.ED25519_COSIGNATURE, bytes(range(32)))
STRANGER = SigningKey("witness.example/w2", KeyType.ED25519_COSIGNATURE, bytes(range(1, 33)))


class Past(NamedTuple):
    """A bundle over a rotation, and what its reader may have."""

    bundle: bytes
    first_keys: tuple[str, ...]
    newest_keys: tuple[str, ...]
    keyring: Keyring
    root: bytes
    other_root: bytes

    def verdict(
        self,
        bundle: bytes,
        keys: tuple[str, ...] = (),
        *,
        policy: bytes | None = None,
        roots: bytes | None = None,
    ) -> Verdict:
        """What verification says; the reader has the newest keys unless others are named."""
        held = read_trust(keys=keys or self.newest_keys, policy=policy, roots=roots)
        return verify_bundle(io.BytesIO(bundle), held)


def policy(key: SigningKey, quorum: str = "w", *logs: str) -> bytes:
    """A policy of one witness."""
    lines = [*(f"log {log}" for log in logs), f"witness w {key.verifier_key()}", f"quorum {quorum}", ""]
    return "\n".join(lines).encode()


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Records, a checkpoint that is cosigned and stamped, more records, new keys, again such a checkpoint."""
    folder: Path = tmp_path_factory.mktemp("past")
    tsa, root = new_tsa(folder / "tsa", kind="p256")

    def keep(api: Api) -> None:
        tenant = api.services.tenants[DEFAULT_TENANT]
        note = parse_note(tenant.log.checkpoint())
        size = parse_checkpoint(note.text).size
        cosigned = Ed25519Cosigner(WITNESS).cosign(note.text, time_s=1_795_500_000)
        data = format_note(note.text, (*note.signatures, cosigned))
        tenant.history.keep(size, data)
        answer = tsa.reply(request(sha256(data).digest(), nonce=size + 1))
        tenant.history.stamp(size, parse_response(answer))

    with api_in_process(folder / "data") as api:
        api.sent(api.declare("okta-prod"), okta_lines(10))
        keep(api)
        api.sent("okta-prod", okta_lines(5))
        since_us = api.services.clock.now_us()
        rotation = api.services.tenants[DEFAULT_TENANT].rotation
        first_keys = rotation.verifier_keys
        rotation.wait(rotation.announce(name="owner", uid="1"))
        api.sent("okta-prod", okta_lines(10))
        until_us = api.services.clock.now_us()
        api.sent("okta-prod", okta_lines(3))
        keep(api)
        api.sent("okta-prod", okta_lines(400))
    directory = open_directory(folder / "data")
    (folder / "data" / "policy.txt").write_bytes(policy(WITNESS))
    settings = msgspec.structs.replace(
        directory.settings, witness=msgspec.structs.replace(directory.settings.witness, policy="policy.txt")
    )
    keyring = directory.keyring(DEFAULT_TENANT)
    maker = BundleMaker(dataclasses.replace(directory, settings=settings), DEFAULT_TENANT)
    question = Question(
        query="",
        since=None,
        until=None,
        since_us=since_us,
        until_us=until_us,
        disclosed=NAMES,
        asked_by="auditor",
        asked_token="0123",
    )
    bundle = maker.make(question).data
    maker.close()
    directory.database.close()
    other_root = new_tsa(folder / "other", kind="p256")[1]
    return Past(bundle, first_keys, keyring.verifier_keys, keyring, root.pem, other_root.pem)


def codes(verdict: Verdict) -> set[str]:
    """The codes of the faults."""
    return {fault.code for fault in verdict.faults}


def test_either_set_of_keys_verifies_across_a_rotation(past: Past) -> None:
    """Whoever has the first keys follows the sealed statement to the newest, and the other way round."""
    for keys in (past.first_keys, past.newest_keys):
        verdict = past.verdict(past.bundle, keys)
        assert verdict.faults == []
        assert any("rotations" in what for what in verdict.proved)
    assert Forger(past.bundle).manifest["log"] == {
        "origin": "log.harborline.example/test",
        "start_size": 10,
        "end_size": 29,
    }


def test_growth_witnesses_and_timestamps_are_proven(past: Past) -> None:
    """With the reader's own policy and roots the verdict says who saw the log, when, and that it only grew."""
    verdict = past.verdict(past.bundle, policy=policy(WITNESS), roots=past.root)
    assert verdict.faults == []
    told = " ".join(verdict.proved)
    assert "witnesses of your policy saw this state: w at" in told
    assert "the end checkpoint existed at" in told
    assert "the start checkpoint existed at" in told
    assert "only grew from its state of 10 entries to that of 29" in told


def test_what_the_bundle_says_of_witnesses_and_times_is_not_believed_as_it_is(past: Past) -> None:
    """Without a policy and roots of the reader's both are told and not called proven."""
    told = " ".join(past.verdict(past.bundle).unproved)
    assert "are independent" in told
    assert "name the authority" in told


def test_the_readers_demands_are_held(past: Past) -> None:
    """A quorum that is not met and an authority that is not trusted are faults."""
    assert codes(past.verdict(past.bundle, policy=policy(STRANGER))) == {"quorum"}
    assert codes(past.verdict(past.bundle, roots=past.other_root)) == {"token-untrusted"}


def test_a_policy_may_name_the_log_alone(past: Past) -> None:
    """`log` lines of the reader's policy pin the keys."""
    verdict = past.verdict(past.bundle, policy=policy(WITNESS, "w", *past.first_keys))
    assert verdict.faults == []


def signed(past: Past, forger: Forger) -> set[str]:
    """The faults of a bundle that the forger signs with the log's newest keys."""
    return codes(
        past.verdict(forger.signed(past.keyring), past.first_keys, policy=policy(WITNESS), roots=past.root)
    )


def test_a_forged_cosignature(past: Past) -> None:
    """A signature under the name of a known witness that is not its own condemns the note."""
    forger = Forger(past.bundle)
    note = parse_note(forger.members["end.note"])
    false = Ed25519Cosigner(WITNESS).cosign(note.text, time_s=1_795_500_000)
    false = dataclasses.replace(false, signature=false.signature[:-1] + bytes([false.signature[-1] ^ 1]))
    forger.members["end.note"] = format_note(note.text, (*note.signatures[:-1], false))
    assert "note-bad-signature" in signed(past, forger)


def test_swapped_checkpoints(past: Past) -> None:
    """Start for end, end for start."""
    forger = Forger(past.bundle)
    for suffix in ("note", "tsr"):
        start, end = forger.members[f"start.{suffix}"], forger.members[f"end.{suffix}"]
        forger.members[f"start.{suffix}"], forger.members[f"end.{suffix}"] = end, start
    assert "checkpoint-differs" in signed(past, forger)


def test_a_timestamp_of_another_checkpoint(past: Past) -> None:
    """The token has to be over the note beside it."""
    forger = Forger(past.bundle)
    forger.members["end.tsr"] = forger.members["start.tsr"]
    assert "token-imprint" in signed(past, forger)


def test_a_consistency_proof_of_something_else(past: Past) -> None:
    """Its hashes exchanged, cut or gone."""
    forger = Forger(past.bundle)
    forger.members["consistency.txt"] = b"".join(forger.lines("consistency.txt")[::-1])
    assert "verification" in signed(past, forger)
    forger.members["consistency.txt"] = b""
    assert "verification" in signed(past, forger)


def test_a_rotation_left_out(past: Past) -> None:
    """Without the statement the first keys are none of the log's, and the reader who has them is told so."""
    forger = Forger(past.bundle)
    forger.members["key-history.ndjson"] = b""
    assert "key-other" in signed(past, forger)


def test_a_rotation_that_is_not_in_the_log(past: Past) -> None:
    """A statement is believed only where the tree has it."""
    forger = Forger(past.bundle)
    line = forger.members["key-history.ndjson"]
    forger.members["key-history.ndjson"] = line.replace(b'"index":15', b'"index":16', 1)
    assert {"verification", "key-other", "note-unsigned"} & signed(past, forger)


def test_the_start_checkpoint_taken_away(past: Past) -> None:
    """What the manifest names has to be there."""
    forger = Forger(past.bundle)
    del forger.members["start.note"]
    assert "member-missing" in signed(past, forger)
