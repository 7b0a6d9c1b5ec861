"""What verification says of cosignatures."""

from __future__ import annotations

from tests.running.signed_log import ORIGIN, SignedLog

from affidavit.evidence.key_history import KeyHistory
from affidavit.evidence.report import Difference, Report
from affidavit.evidence.witnesses import check_witnesses
from affidavit.formats.tlog.cosignature import Ed25519Cosigner
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import format_note, parse_note
from affidavit.formats.tlog.policy import Policy

LOG = SignedLog()
WITNESS = SigningKey("w.example", KeyType.ED25519_COSIGNATURE, b"w" * 32)
KEYS = KeyHistory((LOG.signer.key,))


def note(*, cosigned: bool, body: bytes | None = None) -> bytes:
    """A checkpoint of three entries, cosigned or not, or with a cosignature of something else."""
    parsed = parse_note(LOG.note(3))
    signatures = list(parsed.signatures)
    if cosigned:
        signatures.append(Ed25519Cosigner(WITNESS).cosign(body or parsed.text, time_s=7))
    return format_note(parsed.text, signatures)


def policy(*, log: str = "", quorum: str = "w") -> Policy:
    """One witness."""
    return Policy.parse(f"{log}witness w {WITNESS.verifier_key()}\nquorum {quorum}\n")


def codes(data: bytes, by: Policy) -> list[str]:
    """The differences that a policy finds."""
    return [difference.code for difference in check_witnesses(data, by, KEYS)[1]]


def test_cosignatures_are_held_against_the_policy() -> None:
    """Met, not met, not asked for, and one that is of another checkpoint."""
    cosigned, differences = check_witnesses(note(cosigned=True), policy(), KEYS)
    assert ([(each.witness, each.time_s) for each in cosigned], differences) == ([("w", 7)], [])
    assert codes(note(cosigned=False), policy()) == ["quorum"]
    assert codes(note(cosigned=False), policy(quorum="none")) == []
    other = parse_note(LOG.note(4)).text
    assert codes(note(cosigned=True, body=other), policy()) == ["note-bad-signature"]


def test_who_cosigned_is_told_where_that_is_too_few() -> None:
    """By the names of the policy; nobody, one, two of three."""
    keys = [SigningKey(f"{name}.example", KeyType.ED25519_COSIGNATURE, name.encode() * 32) for name in "abc"]
    lines = "".join(f"witness {name} {key.verifier_key()}\n" for name, key in zip("abc", keys, strict=True))
    asked = Policy.parse(f"{lines}group g all a b c\nquorum g\n")
    plain = parse_note(LOG.note(3))
    for count, names in ((0, "no witness"), (1, "a"), (2, "a, b")):
        signatures = [Ed25519Cosigner(key).cosign(plain.text, time_s=7) for key in keys[:count]]
        cosigned, told = check_witnesses(
            format_note(plain.text, [*plain.signatures, *signatures]), asked, KEYS
        )
        assert len(cosigned) == count
        said = f"is cosigned by {names}; the policy's quorum is g"
        assert told == [Difference("quorum", "checkpoint", said)]


def test_a_policy_that_names_logs_is_for_those_alone() -> None:
    """The log's own word about its keys does not make up for a policy that names others."""
    mine = f"log {LOG.signer.key}\n"
    others = f"log {SignedLog(seed=b'X', origin=ORIGIN).signer.key}\n"
    assert codes(note(cosigned=True), policy(log=mine)) == []
    assert codes(note(cosigned=True), policy(log=others)) == ["policy-log"]


def test_that_there_is_no_witness_is_said_plainly() -> None:
    """In the summary that a person reads."""
    assert "No witness: no policy was given" in Report().summary()
    assert "No witness: the policy asks for none" in Report(policy=True).summary()
    assert "Cosigned by w at 2026" in Report(policy=True, cosigned={"w": "2026"}).summary()
