"""A token verifies by each algorithm that is accepted, and by nothing that looks like one of them."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from tests.running.tsa import TIMESTAMPING, Issued, authority, issue
from tests.simulators.tokens import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    Recipe,
)

from affidavit.core.errors import VerificationError
from affidavit.formats.rfc3161.der import encode_integer
from affidavit.formats.rfc3161.verify import Timestamp, held_certificates, verify_token

DIGEST = hashlib.sha256(b"a checkpoint").digest()
ROOT = authority("Root")
IDENTIFIED = (x509.SubjectKeyIdentifier(b"the key"), False)
SIGNERS = {
    kind: issue(f"TSA {kind}", by=ROOT, kind=kind, extensions=[TIMESTAMPING, IDENTIFIED])
    for kind in ("rsa", "p256", "p384", "ed25519")
}
SIGNER = SIGNERS["p256"]
DOES_NOT_VERIFY = "the token's signature does not verify"


def verify(recipe: Recipe, *, nonce: int | None = None, root: Issued = ROOT) -> Timestamp:
    """What the token proves."""
    return verify_token(recipe.bake(), DIGEST, roots=[root.certificate], nonce=nonce)


def refusal(recipe: Recipe, *, code: str = "token-invalid", nonce: int | None = None) -> str:
    """Why it proves nothing."""
    with pytest.raises(VerificationError) as caught:
        verify(recipe, nonce=nonce)
    assert caught.value.code == code
    return caught.value.message


def of(kind: str = "p256", **other: object) -> Recipe:
    """A sound token by a key of that kind, but for what is other."""
    return Recipe(signer=SIGNERS[kind], digest=DIGEST, **other)  # type: ignore[arg-type]


def test_what_a_token_proves() -> None:
    """Its time, rules, number and authority; an accuracy only where one is stated."""
    assert verify(of()) == Timestamp(
        time_us=1_780_315_200_500_000, policy="1.2.3", serial=7, tsa="CN=TSA p256", accuracy_us=0
    )


def test_a_token_is_for_one_digest() -> None:
    """Any other is refused, however alike."""
    for other in (DIGEST[:-1] + bytes([DIGEST[-1] ^ 1]), DIGEST[:-1], b""):
        with pytest.raises(VerificationError, match="another digest") as caught:
            verify_token(of().bake(), other, roots=[ROOT.certificate])
        assert caught.value.code == "token-imprint"


def test_the_digest_is_sha256() -> None:
    """The same bytes under the name of another digest are another statement."""
    sound = of().bake()
    oid = bytes.fromhex("0609608648016503040201")
    stated = sound.index(oid, sound.index(bytes.fromhex("060b2a864886f70d0109100104")))
    altered = sound[: stated + 10] + b"\x03" + sound[stated + 11 :]
    with pytest.raises(VerificationError) as caught:
        verify_token(altered, DIGEST, roots=[ROOT.certificate])
    assert caught.value.code == "token-imprint"


def test_a_token_answers_one_request() -> None:
    """The nonce is compared where one was asked with, zero included, and a token without one answers none."""
    nine = of(info_extra=encode_integer(9))
    assert verify(nine).serial == verify(nine, nonce=9).serial == 7
    assert verify(of(info_extra=encode_integer(0)), nonce=0).serial == 7
    for recipe, nonce in ((nine, 8), (nine, 0), (of(), 9), (of(), 0)):
        assert refusal(recipe, code="token-nonce", nonce=nonce) == "the token answers another request"


@pytest.mark.parametrize("kind", SIGNERS)
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_each_digest_with_each_kind_of_key(kind: str, digest: str) -> None:
    """SHA-2 of 256, 384 and 512 bits, each by the OIDs that the standards print."""
    assert verify(of(kind, digested=digest)).serial == 7
    if kind == "rsa":
        assert verify(of(kind, digested=digest, algorithm="rsa")).serial == 7


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_the_signatures_own_digest_counts(kind: str) -> None:
    """Where signature and content are digested differently, each by the digest that it names."""
    assert verify(of(kind, digested="sha512", signed="sha256")).serial == 7
    assert verify(of(kind, digested="sha256", signed="sha384")).serial == 7
    name = "rsa" if kind == "rsa" else "ecdsa"
    assert refusal(of(kind, algorithm=f"{name}-sha512")) == DOES_NOT_VERIFY
    assert refusal(of("rsa", digested="sha512", signed="sha256", algorithm="rsa")) == DOES_NOT_VERIFY


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        ("rsa", "ecdsa-sha256"),
        ("rsa", "ed25519"),
        ("p256", "rsa-sha256"),
        ("p256", "rsa"),
        ("p256", "ed25519"),
        ("ed25519", "rsa-sha256"),
        ("ed25519", "ecdsa-sha256"),
    ],
)
def test_a_key_signs_by_its_own_algorithms(kind: str, algorithm: str) -> None:
    """A signature is not accepted under the name of an algorithm that its key is not for."""
    assert "which its certificate's key cannot be" in refusal(of(kind, algorithm=algorithm))


@pytest.mark.parametrize("kind", SIGNERS)
def test_a_signature_of_another_key_is_none(kind: str) -> None:
    """The certificate's own key has to have signed."""
    stranger = issue("TSA", by=ROOT, kind=kind, extensions=[TIMESTAMPING])
    own = SIGNERS[kind].certificate
    swapped = Recipe(
        signer=Issued(key=stranger.key, certificate=own), digest=DIGEST, certificates=(SIGNERS[kind],)
    )
    assert refusal(swapped) == DOES_NOT_VERIFY


def test_sha1_is_no_digest_of_content() -> None:
    """Nor one that the newer attribute may name its certificate by."""
    for recipe in (of(digested="sha1", signed="sha256"), of(ess_digest="sha1")):
        said = refusal(recipe)
        assert said == "the token is signed with the digest 1.3.14.3.2.26, which is not accepted"


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_the_signer_names_its_certificate(digest: str) -> None:
    """By the digest that the newer attribute states; the older has one that is not stated."""
    assert verify(of(ess_digest=digest)).tsa == "CN=TSA p256"
    assert verify(of(ess=SIGNING_CERTIFICATE)).tsa == "CN=TSA p256"


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        (CONTENT_TYPE, "content type"),
        (MESSAGE_DIGEST, "message digest"),
        (SIGNING_CERTIFICATE_V2, "signing certificate"),
    ],
)
def test_what_is_not_signed_is_named(attribute: str, name: str) -> None:
    """The message says which attribute is missing."""
    assert refusal(of(without=attribute)) == f"the token's signer does not sign the one {name}"


def test_content_that_was_not_signed() -> None:
    """Another type or other bytes than the signer's attributes speak of."""
    assert refusal(of(content_type="1.2.840.113549.1.7.1")) == (
        "the token's signer signed another type of content"
    )
    assert refusal(of(extra=b"x")) == "the token's content is not what its signer signed"


def test_the_signers_certificate_is_in_the_token() -> None:
    """It is found among others; a token without it, or one that names another signer, is refused."""
    others = tuple(SIGNERS.values())
    assert verify(of(certificates=others)).tsa == "CN=TSA p256"
    subject = ROOT.certificate.subject.public_bytes()
    assert verify(of(issuer=subject, serial=SIGNER.certificate.serial_number)).serial == 7
    for recipe in (
        of(certificates=()),
        of(certificates=(SIGNERS["rsa"], ROOT)),
        of(serial=5),
        of(issuer=SIGNER.certificate.subject.public_bytes()),
        of(named=SIGNERS["rsa"], certificates=others),
        of(identifier=b"another key"),
    ):
        assert refusal(recipe) == "the token does not hold its signer's certificate"


def test_a_signer_named_by_its_key() -> None:
    """The subject key identifier stands for issuer and serial; a certificate without one has none."""
    assert verify(of(identifier=b"the key")).tsa == "CN=TSA p256"
    plain = issue("Plain", by=ROOT, extensions=[TIMESTAMPING])
    for identifier in (b"", b"the key"):
        said = refusal(Recipe(signer=plain, digest=DIGEST, identifier=identifier))
        assert said == "the token does not hold its signer's certificate"


def test_a_token_holds_at_most_32_certificates() -> None:
    """All of them are had as they stand, up to that many; one more is refused."""
    full = of(certificates=(SIGNER,) * 32)
    assert verify(full).serial == 7
    assert held_certificates(full.bake()) == (SIGNER.certificate,) * 32
    over = of(certificates=(SIGNER,) * 33)
    assert refusal(over) == "the token holds more than 32 certificates"
    assert len(held_certificates(over.bake())) == 32


def test_the_certificate_is_for_timestamping_and_trusted() -> None:
    """A sound signature by a certificate for something else, or under another root, proves nothing."""
    server = issue("Server", by=ROOT)
    assert "not, critically, for timestamping" in refusal(Recipe(signer=server, digest=DIGEST))
    with pytest.raises(VerificationError) as caught:
        verify(of(), root=authority("Root"))
    assert caught.value.code == "token-untrusted"
