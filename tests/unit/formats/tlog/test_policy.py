"""Policies: who must have cosigned."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.cosignature import Ed25519Cosigner, MlDsa44Signer
from affidavit.formats.tlog.ed25519 import Ed25519Signer
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import NoteSignature, format_note
from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.witnessed import open_witnessed

ORIGIN = "example.com/log"
LOG = SigningKey(ORIGIN, KeyType.ED25519, b"L" * 32)
BODY = Checkpoint(ORIGIN, 7, b"r" * 32).body()


def cosigner(number: int) -> SigningKey:
    """The secret key of one witness, each its own."""
    return SigningKey(f"w{number}.example", KeyType.ED25519_COSIGNATURE, bytes([number]) * 32)


def vkey(number: int) -> str:
    """Its public half as text."""
    return str(cosigner(number).verifier_key())


TWO_LEVELS = f"""\
log {LOG.verifier_key()} https://log.example

witness X1 {vkey(1)} https://w1.example
witness X2 {vkey(2)}
witness X3 {vkey(3)}
group X-witnesses 2 X1 X2 X3

witness Y1 {vkey(4)}
  witness\tY2  {vkey(5)}\t
witness Y3 {vkey(6)}
group Y-witnesses any Y1 Y2 Y3
# both organisations
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_the_example_of_the_specification() -> None:
    """Two of three of one organisation and any of the other: nothing less meets it, and more does."""
    policy = Policy.parse(TWO_LEVELS)
    assert [str(key) for key in policy.logs] == [str(LOG.verifier_key())]
    assert [witness.url for witness in policy.witnesses[:2]] == ["https://w1.example", None]
    names = [witness.name for witness in policy.witnesses]
    for count in range(len(names) + 1):
        for signed in itertools.combinations(names, count):
            xs, ys = sum(n[0] == "X" for n in signed), sum(n[0] == "Y" for n in signed)
            assert policy.met_by(signed) == (xs >= 2 and ys >= 1)


def test_no_quorum_is_met_by_nobody_and_strangers_meet_none() -> None:
    """`quorum none` asks for nothing; a name that the policy does not define, even a group's, counts nothing."""
    assert Policy.parse("quorum none\n").met_by(())
    policy = Policy.parse(f"witness A {vkey(1)}\ngroup G all A\nquorum G\n")
    assert not policy.met_by(["G", "B", "none"])
    assert policy.met_by(["A"])


def test_names_are_opaque_bytes() -> None:
    """Bytes that are no UTF-8 stand in names and comments; look-alikes are other names."""
    text = b"# \xff\nwitness \xff " + vkey(1).encode() + b"\nwitness \xe2\x84\xaa " + vkey(2).encode()
    policy = Policy.parse(text + b"\nquorum \xff\n")
    assert policy.met_by([policy.witnesses[0].name])
    assert not policy.met_by(["K", policy.witnesses[1].name])


OTHER_NAME = SigningKey("other", KeyType.ED25519_COSIGNATURE, bytes([1]) * 32).verifier_key()
W = f"witness A {vkey(1)}\nwitness B {vkey(2)}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none",  # cut short
        "quorum none\nquorum none\n",
        "quorum A\n" + W,
        f"{W}quorum C\n",
        f"{W}quorum A B\n",
        f"{W}quorum\n",
        f"{W}group none all A\nquorum none\n",
        f"{W}group G all none\nquorum none\n",
        f"{W}group G all\nquorum none\n",
        f"{W}group G 0 A\nquorum G\n",
        f"{W}group G 3 A B\nquorum G\n",
        f"{W}group G 01 A B\nquorum G\n",
        f"{W}group G some A B\nquorum G\n",
        f"{W}group G all G\nquorum G\n",
        f"{W}group G all A A\nquorum G\n",
        f"{W}group G all A\ngroup H all A B\nquorum H\n",
        f"{W}group A all B\nquorum A\n",
        f"{W}witness A {vkey(3)}\nquorum A\n",
        f"{W}witness C {vkey(1)}\nquorum A\n",
        f"witness A {OTHER_NAME}\nwitness B {vkey(1)}\nquorum A\n",
        f"witness A {LOG.verifier_key()}\nquorum A\n",
        "witness A key\nquorum A\n",
        f"log {LOG.verifier_key()}\nlog {LOG.verifier_key()}\nquorum none\n",
        f"log {LOG.verifier_key()} url url\nquorum none\n",
        "log\nquorum none\n",
        "logs x\nquorum none\n",
        "quorum none\r\n",
        "quorum\x0bnone\n",
        "quorum none\n\x00\n",
        "quorum\u00a0none\n",
        "#" * (1 << 20) + "\nquorum none\n",
    ],
)
def test_other_text_is_refused(text: str) -> None:
    """Undefined, doubled, circular or cut: a policy that could be read two ways is not read at all."""
    with pytest.raises(LogFormatError) as caught:
        Policy.parse(text)
    assert caught.value.code == "policy"


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_garbage_yields_only_errors_of_this_project(data: bytes) -> None:
    """Whatever the bytes are, the answer is a policy or LogFormatError."""
    with contextlib.suppress(LogFormatError):
        Policy.parse(data)


@given(st.lists(st.sampled_from([*TWO_LEVELS.replace("\n", " \n ").split(" "), "none"]), max_size=60))
def test_shuffled_policies_yield_only_errors_of_this_project(items: list[str]) -> None:
    """Also where the words are those of a policy."""
    try:
        policy = Policy.parse(" ".join(items) + "\n")
    except LogFormatError:
        return
    policy.met_by(["X1"])


def note(*signatures: NoteSignature, body: bytes = BODY) -> bytes:
    """A checkpoint that the log signed, with further signatures."""
    return format_note(body, [Ed25519Signer(LOG).sign(body), *signatures])


POLICY = Policy.parse(
    f"log {LOG.verifier_key()}\n{W}witness C "
    f"{SigningKey('w3', KeyType.ML_DSA_44, b'c' * 32).verifier_key()}\ngroup G 2 A B C\nquorum G\n"
)


def cosign(number: int, *, time_s: int = 5, body: bytes = BODY) -> NoteSignature:
    """An Ed25519 cosignature of one witness."""
    return Ed25519Cosigner(cosigner(number)).cosign(body, time_s=time_s)


def test_cosignatures_are_counted_by_the_policy() -> None:
    """Either kind of cosignature counts, once a witness, with its latest time; strangers are ignored."""
    ml_dsa = MlDsa44Signer(SigningKey("w3", KeyType.ML_DSA_44, b"c" * 32)).cosign(BODY, time_s=9)
    one = open_witnessed(note(cosign(1), cosign(1, time_s=8), cosign(4)), POLICY)
    assert [(each.witness.name, each.time_s) for each in one.cosigned] == [("A", 8)]
    assert not one.met
    with pytest.raises(VerificationError) as caught:
        one.require()
    assert caught.value.code == "quorum"
    two = open_witnessed(note(cosign(4), ml_dsa, cosign(1)), POLICY, origin=ORIGIN)
    assert [(each.witness.name, each.time_s) for each in two.cosigned] == [("A", 5), ("C", 9)]
    assert two.require().checkpoint.size == 7


def test_what_no_known_log_signed_is_not_opened() -> None:
    """Witnesses alone do not make a checkpoint, nor the key of another log, nor a cosignature of other text."""
    other = Checkpoint("example.com/other", 7, b"r" * 32).body()
    for data, code in (
        (format_note(BODY, [cosign(1), cosign(2)]), "note-unsigned"),
        (note(cosign(1, body=other), body=other), "note-unsigned"),
        (note(cosign(1, body=other)), "note-bad-signature"),
    ):
        with pytest.raises(VerificationError) as caught:
            open_witnessed(data, POLICY)
        assert caught.value.code == code
    with pytest.raises(VerificationError) as caught:
        open_witnessed(note(), POLICY, origin="example.com/other")
    assert caught.value.code == "note-origin"


def test_a_log_is_no_witness_of_itself() -> None:
    """A policy whose witness key is the log's own proves nothing, so it is refused."""
    own = SigningKey(ORIGIN, KeyType.ML_DSA_44, b"o" * 32).verifier_key()
    policy = Policy.parse(f"log {own}\nwitness me {own}\nquorum me\n")
    with pytest.raises(LogFormatError):
        open_witnessed(note(), policy)
