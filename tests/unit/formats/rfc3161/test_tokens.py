"""Timestamps of a real authority verify offline, agree with two other implementations, and nothing else passes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc3161_client import VerificationError as OtherVerificationError
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from tests.running.tsa import (
    NOW,
    POLICY,
    TIMESTAMPING,
    YEAR,
    Issued,
    Tsa,
    authority,
    issue,
    new_tsa,
    verifies_by_openssl,
)
from tests.simulators.tokens import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    Recipe,
)

from affidavit.core.clock import to_us
from affidavit.core.errors import AffidavitError, TimestampError, UsageError, VerificationError
from affidavit.formats.rfc3161 import load_roots, parse_response, request, verify_token

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = hashlib.sha256(b"a checkpoint").digest()
OTHER = hashlib.sha256(b"another").digest()
NONCE = 2**63 + 5
ROOT = authority("Root")
SIGNER = issue("TSA", by=ROOT, kind="p256", extensions=[TIMESTAMPING])
SOUND = Recipe(signer=SIGNER, digest=DIGEST).bake()


class Stamped(NamedTuple):
    """What a real authority answered, and its root."""

    response: bytes
    root: Issued
    folder: Path


@pytest.fixture(scope="module", params=["rsa", "p256", "p384"])
def stamped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stamped:
    """A token of `openssl ts` for DIGEST."""
    folder = tmp_path_factory.mktemp("tsa")
    tsa, root = new_tsa(folder / "tsa", kind=request.param)
    return Stamped(tsa.reply(_query()), root, folder)


def _query() -> bytes:
    return request(DIGEST, nonce=NONCE)


def _refused(token: bytes, code: str, *, digest: bytes = DIGEST, root: Issued = ROOT) -> str:
    with pytest.raises(VerificationError) as caught:
        verify_token(token, digest, roots=[root.certificate])
    assert caught.value.code == code
    return caught.value.message


def test_a_real_token_says_when_and_by_whom(stamped: Stamped) -> None:
    """What `openssl ts` made verifies, and states its time within a minute, its policy, accuracy and authority."""
    token = parse_response(stamped.response)
    stamp = verify_token(token, DIGEST, roots=[stamped.root.certificate], nonce=NONCE)
    assert abs(stamp.time_us - to_us(NOW)) < 600 * 1_000_000
    assert (stamp.policy, stamp.accuracy_us, stamp.tsa) == (POLICY, 1_500_100, "CN=Test TSA")


def test_two_other_implementations_agree(stamped: Stamped) -> None:
    """OpenSSL and rfc3161-client accept the same token for the same digest, and refuse it for another."""
    token = parse_response(stamped.response)
    assert verifies_by_openssl(stamped.folder, token, DIGEST, stamped.root.pem)
    assert not verifies_by_openssl(stamped.folder, token, OTHER, stamped.root.pem)
    other = decode_timestamp_response(stamped.response)
    verifier = VerifierBuilder(roots=[stamped.root.certificate], nonce=NONCE).build()
    assert verifier.verify(other, DIGEST)
    with pytest.raises(OtherVerificationError):
        verifier.verify(other, OTHER)
    assert other.time_stamp_token() == token
    stamp = verify_token(token, DIGEST, roots=[stamped.root.certificate])
    assert other.tst_info.serial_number == stamp.serial
    assert to_us(other.tst_info.gen_time) == stamp.time_us // 1_000_000 * 1_000_000  # it drops the fraction


def test_a_real_token_is_for_one_digest_one_request_and_one_root(stamped: Stamped) -> None:
    """Another checkpoint's token, an answer to another request and a stranger's authority are refused."""
    token = parse_response(stamped.response)
    _refused(token, "token-imprint", digest=OTHER, root=stamped.root)
    _refused(token, "token-untrusted", root=authority("Test root"))
    with pytest.raises(VerificationError) as caught:
        verify_token(token, DIGEST, roots=[stamped.root.certificate], nonce=NONCE + 1)
    assert caught.value.code == "token-nonce"


def test_no_bit_of_a_real_token_can_be_changed(stamped: Stamped) -> None:
    """Each bit flipped: refused, or it says the same of the same digest (an unused parameter, a tag of the chain)."""
    token = parse_response(stamped.response)
    roots = [stamped.root.certificate]
    meant = verify_token(token, DIGEST, roots=roots)
    survived = 0
    for at in range(8 * len(token)):
        altered = bytearray(token)
        altered[at // 8] ^= 0x80 >> at % 8
        try:
            assert verify_token(bytes(altered), DIGEST, roots=roots) == meant
            survived += 1
        except AffidavitError:
            pass
    assert survived < 8 * 64


def test_an_authority_that_refuses_is_quoted(tmp_path: Path) -> None:
    """A status that is no grant becomes an error with the authority's own reason."""
    tsa, _ = new_tsa(tmp_path / "tsa", kind="p256")
    unknown = bytearray(_query())
    unknown[unknown.index(bytes.fromhex("0609608648016503040201")) + 10] = 0x03  # SHA-512, of 32 bytes
    with pytest.raises(TimestampError, match="rejected") as caught:
        parse_response(tsa.reply(bytes(unknown)))
    assert caught.value.code == "timestamp-refused"


def test_a_query_of_ours_is_read_by_openssl(tmp_path: Path) -> None:
    """Digest, nonce and the wish for the certificate arrive; only a SHA-256 digest can be asked for."""
    import subprocess

    (tmp_path / "q").write_bytes(_query())
    said = subprocess.run(
        ["openssl", "ts", "-query", "-in", "q", "-text"], cwd=tmp_path, check=True, capture_output=True
    ).stdout.decode()
    assert f"Nonce: 0x{NONCE:X}" in said
    assert "Hash Algorithm: sha256" in said
    assert "Certificate required: yes" in said
    with pytest.raises(UsageError):
        request(b"short", nonce=1)


@pytest.mark.parametrize("kind", ["rsa", "p256", "ed25519"])
@pytest.mark.parametrize("ess", [SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2])
def test_each_kind_of_signature_and_both_ess_attributes(kind: str, ess: str) -> None:
    """RSA, ECDSA and Ed25519, with the older and the newer attribute that names the signer's certificate."""
    signer = issue("TSA", by=ROOT, kind=kind, extensions=[TIMESTAMPING])
    token = Recipe(signer=signer, digest=DIGEST, ess=ess).bake()
    stamp = verify_token(token, DIGEST, roots=[ROOT.certificate])
    assert (stamp.time_us, stamp.serial) == (1_780_315_200_500_000, 7)


@pytest.mark.parametrize("attribute", [CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2])
def test_every_attribute_must_be_signed(attribute: str) -> None:
    """A token whose signer left out what binds it to its content or certificate is refused."""
    _refused(Recipe(signer=SIGNER, digest=DIGEST, without=attribute).bake(), "token-invalid")


def test_tokens_that_no_honest_authority_makes() -> None:
    """Another content type, altered content, another's certificate, none, two signers, an unknown extension."""
    stranger = issue("Stranger", by=ROOT, extensions=[TIMESTAMPING])
    _refused(
        Recipe(signer=SIGNER, digest=DIGEST, content_type="1.2.840.113549.1.7.1").bake(), "token-invalid"
    )
    _refused(Recipe(signer=SIGNER, digest=DIGEST, extra=b"x").bake(), "token-invalid")
    swapped = Recipe(signer=SIGNER, digest=DIGEST, named=stranger, certificates=(SIGNER, stranger))
    _refused(swapped.bake(), "token-invalid")
    _refused(Recipe(signer=SIGNER, digest=DIGEST, certificates=()).bake(), "token-invalid")
    _refused(Recipe(signer=SIGNER, digest=DIGEST, certificates=(SIGNER,) * 33).bake(), "token-invalid")
    for recipe in (
        Recipe(signer=SIGNER, digest=DIGEST, signatures=2),
        Recipe(signer=SIGNER, digest=DIGEST, info_extra=b"\xa1\x00"),
    ):
        with pytest.raises(TimestampError):
            verify_token(recipe.bake(), DIGEST, roots=[ROOT.certificate])


def test_a_certificate_for_anything_else_does_not_stamp() -> None:
    """Without the extension, with a second purpose, with it not critical, or not for signatures."""
    server = ExtendedKeyUsageOID.SERVER_AUTH
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, server])
    sealing = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    for extensions in ([], [(both, True)], [(TIMESTAMPING[0], False)], [TIMESTAMPING, (sealing, True)]):
        signer = issue("TSA", by=ROOT, extensions=extensions)
        _refused(Recipe(signer=signer, digest=DIGEST).bake(), "token-invalid")


def test_the_chain_must_hold_at_the_stated_time() -> None:
    """An authority that had expired, or whose root had, is refused; one that expires later is not."""
    old = issue("Old", by=ROOT, extensions=[TIMESTAMPING], since=NOW - 3 * YEAR, until=NOW - YEAR)
    message = _refused(Recipe(signer=old, digest=DIGEST).bake(), "token-untrusted")
    assert "CN=Old is not valid at 2026-06-01T12:00:00.500000Z" in message
    then = Recipe(signer=old, digest=DIGEST, time=b"20250101000000Z").bake()
    _refused(then, "token-untrusted")  # the root was not valid yet
    before = issue(
        "Root", extensions=[(x509.BasicConstraints(ca=True, path_length=None), True)], until=NOW + YEAR
    )
    assert verify_token(SOUND, DIGEST, roots=[before.certificate, ROOT.certificate]).tsa == "CN=TSA"


def test_chains_with_an_intermediate(tmp_path: Path) -> None:
    """An intermediate in the token is used; one that may not sign, or not so far down, is not."""
    middle = authority("Middle", by=ROOT)
    signer = issue("TSA", by=middle, extensions=[TIMESTAMPING])
    tsa = Tsa(folder=tmp_path / "tsa", signer=signer, others=[middle])
    token = parse_response(tsa.reply(_query()))
    assert verify_token(token, DIGEST, roots=[ROOT.certificate]).tsa == "CN=TSA"
    assert verifies_by_openssl(tmp_path, token, DIGEST, ROOT.pem, middle.pem)
    assert verify_token(token, DIGEST, roots=[signer.certificate]).tsa == "CN=TSA"  # trusted by itself
    tight = authority("Tight", length=0)
    for false in (
        issue("Leaf", by=ROOT),
        authority("Under", by=tight),
        issue(
            "Odd",
            by=ROOT,
            extensions=[
                (x509.BasicConstraints(ca=True, path_length=None), True),
                (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True),
            ],
        ),
    ):
        under = issue("TSA", by=false, extensions=[TIMESTAMPING])
        baked = Recipe(signer=under, digest=DIGEST, certificates=(under, false)).bake()
        with pytest.raises(VerificationError) as caught:
            verify_token(baked, DIGEST, roots=[ROOT.certificate, tight.certificate])
        assert caught.value.code == "token-untrusted"


def test_roots_are_read_from_pem() -> None:
    """A file of several roots; anything else is an error of ours."""
    assert load_roots(ROOT.pem + SIGNER.pem) == (ROOT.certificate, SIGNER.certificate)
    for wrong in (b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(TimestampError):
            load_roots(wrong)


def _only_ours(data: bytes) -> None:
    for read in (parse_response, lambda data: verify_token(data, DIGEST, roots=[ROOT.certificate])):
        try:
            read(data)
        except AffidavitError as error:
            assert error.code.startswith(("timestamp-", "token-"))


@given(st.binary(max_size=300))
def test_garbage_is_refused_with_our_errors(data: bytes) -> None:
    """No bytes, as an answer or as a token, do anything but give a value or an error of ours."""
    _only_ours(data)


@settings(max_examples=500)
@given(st.data())
def test_damaged_tokens_are_refused_with_our_errors(data: st.DataObject) -> None:
    """Nor does a sound token with some bytes changed, cut out, or put in."""
    token = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(token) - 1))
        match data.draw(st.sampled_from(["change", "cut", "insert"])):
            case "change":
                token[at] = data.draw(st.integers(0, 255))
            case "cut":
                del token[at : at + data.draw(st.integers(1, 40))]
            case _:
                token[at:at] = data.draw(st.binary(max_size=8))
        if not token:
            break
    _only_ours(bytes(token))
