"""Whom the reader believes: keys of theirs must be the log's, and every checkpoint signed by those of its time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.running.bundled import ORIGIN, BundledLog, Row, signing_keys

from affidavit.core.errors import AffidavitError, UsageError, VerificationError
from affidavit.evidence.bundle.trust import LogKeys, Trust, cosigners, parse_trust
from affidavit.evidence.bundle.trusting import TOOL, read_trust
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.cosignature import Ed25519Cosigner
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import format_note, parse_note
from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.rotation import sign_rotation

if TYPE_CHECKING:
    from affidavit.formats.tlog.policy import Witness

LOG = BundledLog([Row(index=at) for at in range(4)])
OTHER = BundledLog([Row(index=at) for at in range(4)], seed=b"o")
FOREIGN = BundledLog([Row(index=0)], origin="log.elsewhere.example/x")
WITNESS = SigningKey("w.example", KeyType.ED25519_COSIGNATURE, b"w" * 32)
STATEMENT = Checkpoint("statement", 5, bytes(32))
STRANGER = SigningKey("s.example", KeyType.ED25519_COSIGNATURE, b"s" * 32)


def trust(*keys: str, policy: bytes | None = None) -> Trust:
    """Of a reader."""
    return parse_trust(keys=keys, policy=policy, roots=None, tool="t")


def policy(log: BundledLog, *lines: str) -> Policy:
    """What a bundle says."""
    return Policy.parse(log.policy(*lines))


def refused(*held: str, by: BundledLog = LOG, given: bytes | None = None) -> str:
    """The code that keys of the reader are refused with."""
    with pytest.raises(VerificationError) as caught:
        LogKeys(ORIGIN, policy(by), trust(*held, policy=given))
    return caught.value.code


def test_the_readers_keys_are_those_of_this_log() -> None:
    """Given one by one or in a policy, each counted once; those of other logs do not count for this one."""
    mine = trust(f" {LOG.keys[0]}\n", *FOREIGN.keys, policy=LOG.policy())
    assert [str(key) for key in mine.pinned(ORIGIN)] == list(LOG.keys)
    assert trust(policy=LOG.policy()).pinned(ORIGIN) == mine.pinned(ORIGIN)
    assert trust(policy=b"quorum none\n").pinned(ORIGIN) == ()
    assert trust().pinned(ORIGIN) == ()


def test_whether_keys_were_given_at_all() -> None:
    """A policy that names no log gives none."""
    assert not trust().given
    assert not trust(policy=b"quorum none\n").given
    assert trust(LOG.keys[0]).given
    assert trust(policy=LOG.policy()).given


def test_what_is_no_trust_is_refused() -> None:
    """Keys, policies and certificates that are none; the command line says so as a mistake of its use."""
    texts: list[dict[str, Any]] = [
        {"keys": ["x"], "policy": None, "roots": None},
        {"keys": [], "policy": b"x", "roots": None},
        {"keys": [], "policy": None, "roots": b"x"},
    ]
    for what in texts:
        with pytest.raises(AffidavitError):
            parse_trust(**what, tool="t")
        with pytest.raises(UsageError) as caught:
            read_trust(**what)
        assert caught.value.code == "trust"


def test_a_reader_without_anything_trusts_nothing() -> None:
    """No policy, no roots, no verifier to compare with; the program knows its own."""
    held = trust()
    assert (held.keys, held.policy, held.roots, held.tool, held.verifier_sha256) == ((), None, None, "t", "")
    known = read_trust(keys=LOG.keys, policy=None, roots=None)
    assert (known.tool, len(known.verifier_sha256), len(known.keys)) == (TOOL, 64, 2)
    assert TOOL.startswith("affidavit ")


def test_one_key_of_the_readers_is_enough_and_a_wrong_one_too_many() -> None:
    """Each that bears the log's name has to be its own; where none bears it the log is another."""
    for keys in (LOG.keys, LOG.keys[:1], LOG.keys[1:], (*LOG.keys, *FOREIGN.keys)):
        assert LogKeys(ORIGIN, policy(LOG), trust(*keys)).pinned
    assert not LogKeys(ORIGIN, policy(LOG), trust()).pinned
    assert not LogKeys(ORIGIN, policy(LOG), trust(policy=b"quorum none\n")).pinned
    assert refused(*OTHER.keys) == "key-other"
    assert refused(LOG.keys[0], OTHER.keys[1]) == "key-other"
    assert refused(*FOREIGN.keys) == "key-other"
    assert refused(given=FOREIGN.policy()) == "key-other"
    assert refused(given=OTHER.policy()) == "key-other"
    assert refused(by=FOREIGN) == "key-missing"


def rotation(size: int) -> tuple[int, bytes]:
    """From the keys of LOG to those of OTHER."""
    statement = sign_rotation(old=signing_keys(b"l"), new=signing_keys(b"o"), size=size, time_us=1)
    return size, statement.encode()


def test_keys_are_followed_along_rotations() -> None:
    """Old and new ones are the log's; the bundle has to name all of the newest, and no others."""
    for keys in (LOG.keys, OTHER.keys, OTHER.keys[:1]):
        known = LogKeys(ORIGIN, policy(OTHER), trust(*keys), [rotation(2)])
        assert (known.pinned, known.rotations) == (True, 1)
    assert LogKeys(ORIGIN, policy(LOG), trust(*LOG.keys)).rotations == 0
    one = Policy.parse(f"log {OTHER.keys[0]}\nquorum none\n")
    for named in (policy(LOG), one):
        with pytest.raises(VerificationError, match="newest keys") as caught:
            LogKeys(ORIGIN, named, trust(), [rotation(2)])
        assert caught.value.code == "key-missing"


def test_a_checkpoint_needs_the_keys_of_its_time() -> None:
    """Before a rotation the old ones, after it the new ones; what signs a manifest always the newest."""
    known = LogKeys(ORIGIN, policy(OTHER), trust(), [rotation(2)])
    assert known.open(LOG.note(2)).checkpoint.size == 2
    assert known.open(OTHER.note(4)).checkpoint.size == 4
    for note in (OTHER.note(2), LOG.note(4)):
        with pytest.raises(VerificationError) as caught:
            known.open(note)
        assert caught.value.code == "note-unsigned"
    stated = OTHER.sign(STATEMENT)
    assert known.open_manifest_note(stated, "statement").checkpoint == STATEMENT
    for note, origin, code in (
        (LOG.sign(STATEMENT), "statement", "note-unsigned"),
        (stated, "another", "note-origin"),
    ):
        with pytest.raises(VerificationError) as caught:
            known.open_manifest_note(note, origin)
        assert caught.value.code == code


def test_a_checkpoint_of_another_log_is_refused() -> None:
    """Whatever keys signed it."""
    note = BundledLog([Row(index=0)], origin="log.elsewhere.example/x").note(1)
    with pytest.raises(VerificationError):
        LogKeys(ORIGIN, policy(LOG), trust()).open(note)


def cosigned(*at: tuple[SigningKey, int], broken: bool = False) -> bytes:
    """A checkpoint that others signed as well."""
    note = parse_note(LOG.note(4))
    signatures = [Ed25519Cosigner(key).cosign(note.text, time_s=time_s) for key, time_s in at]
    if broken:
        last = signatures[-1]
        signatures[-1] = replace(last, signature=last.signature[:-1] + bytes([last.signature[-1] ^ 1]))
    return format_note(note.text, (*note.signatures, *signatures))


def witness(name: str, key: SigningKey) -> str:
    """A line of a policy."""
    return f"witness {name} {key.verifier_key()}"


@pytest.mark.parametrize("whose", ["bundle", "reader"])
def test_known_witnesses_must_have_signed_this(whose: str) -> None:
    """Whether the bundle names them or the reader does; others say nothing."""
    lines = (witness("w", WITNESS), "quorum w")
    mine = None if whose == "bundle" else LOG.policy(*lines)
    known = LogKeys(ORIGIN, policy(LOG, *(lines if whose == "bundle" else ())), trust(policy=mine))
    assert known.open(cosigned((WITNESS, 9), (STRANGER, 9))).checkpoint.size == 4
    assert known.open(cosigned((WITNESS, 9), (STRANGER, 9), broken=True)).checkpoint.size == 4
    with pytest.raises(VerificationError) as caught:
        known.open(cosigned((STRANGER, 9), (WITNESS, 9), broken=True))
    assert caught.value.code == "note-bad-signature"


def test_cosigners_are_told_by_their_names_with_the_latest_time() -> None:
    """Of the witnesses that were asked about; the log's own signatures are none."""
    both = policy(LOG, witness("w", WITNESS), witness("s", STRANGER), "quorum none")
    known = LogKeys(ORIGIN, both, trust())
    opened = known.open(cosigned((WITNESS, 7), (WITNESS, 9), (WITNESS, 8), (STRANGER, 5)))
    first: tuple[Witness, ...] = both.witnesses[:1]
    assert cosigners(opened, both.witnesses) == {"w": 9, "s": 5}
    assert cosigners(opened, first) == {"w": 9}
    assert cosigners(opened, ()) == {}
    assert cosigners(known.open(LOG.note(4)), both.witnesses) == {}
