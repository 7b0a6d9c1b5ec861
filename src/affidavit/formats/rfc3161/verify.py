"""Verifying a timestamp token offline (RFC 3161, section 2.4.2, and RFC 5816; signatures by RFC 5652, 5.4).

What must hold: the imprint is the digest; the signed attributes name the content's type, its digest and the
signer's certificate; the signature verifies; the certificate is for timestamping and nothing else and leads to a
root that the caller trusts, all valid at the time that the token states. Whether a certificate was revoked is not
known here.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from affidavit.core.errors import VerificationError
from affidavit.formats.rfc3161.chain import (
    MAX_CERTIFICATES,
    NOT_READ,
    check_timestamping,
    check_trusted,
    key_identifier,
    load,
)
from affidavit.formats.rfc3161.der import OCTET_STRING, SEQUENCE, Element
from affidavit.formats.rfc3161.query import SHA256
from affidavit.formats.rfc3161.token import TST_INFO, algorithm_of, parse_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from affidavit.formats.rfc3161.token import Signer, Token

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_DIGESTS: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    SHA256: hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_RSA = {
    "1.2.840.113549.1.1.1": None,  # with the digest that the signer names
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
}
_ECDSA = {
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
}
_ED25519 = "1.3.101.112"
_INVALID = "token-invalid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Timestamp:
    """What a verified token proves: the digest existed before `time_us`, as far as its authority is right."""

    time_us: int
    policy: str
    """OID of the rules that the authority works by."""
    serial: int
    """The token's number at its authority."""
    tsa: str
    """The authority: the subject of its certificate, as RFC 4514 writes it."""
    accuracy_us: int
    """How far off the authority's clock may be, either way; 0 where it says nothing."""


def held_certificates(token: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates that a token brings along. As roots they say whether it was altered, and no more."""
    held = parse_token(token).certificates[:MAX_CERTIFICATES]
    return tuple(map(load, held))


def verify_token(
    token: bytes, digest: bytes, *, roots: Sequence[x509.Certificate], nonce: int | None = None
) -> Timestamp:
    """The timestamp of the SHA-256 `digest`, once everything about `token` is verified.

    `nonce` is that of the request, where it is at hand. TimestampError where the bytes are no token;
    VerificationError `token-imprint` for another digest, `token-nonce`, `token-untrusted` where no root vouches for
    the authority at that time, and `token-invalid` for the rest.
    """
    read = parse_token(token)
    info = read.info
    if info.algorithm != SHA256 or not hmac.compare_digest(info.digest, digest):
        raise VerificationError("the token is for another digest", code="token-imprint")
    if nonce is not None and info.nonce != nonce:
        raise VerificationError("the token answers another request", code="token-nonce")
    if len(read.certificates) > MAX_CERTIFICATES:
        raise _invalid(f"the token holds more than {MAX_CERTIFICATES} certificates")
    held = [load(data) for data in read.certificates]
    certificate = _signing_certificate(read.signer, held)
    _check_content(read)
    _check_signature(read.signer, certificate)
    check_timestamping(certificate)
    check_trusted(certificate, held, roots=roots, time_us=info.time_us)
    return Timestamp(
        time_us=info.time_us,
        policy=info.policy,
        serial=info.serial,
        tsa=certificate.subject.rfc4514_string(),
        accuracy_us=info.accuracy_us,
    )


def _invalid(what: str) -> VerificationError:
    return VerificationError(what, code=_INVALID)


def _attribute(signer: Signer, oid: str, name: str) -> Element:
    found = signer.attributes.get(oid)
    if found is None:
        raise _invalid(f"the token's signer does not sign the one {name}")
    return found


def _hash(oid: str) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    found = _DIGESTS.get(oid)
    if found is None:
        raise _invalid(f"the token is signed with the digest {oid}, which is not accepted")
    return found


def _check_content(token: Token) -> None:
    """The signed attributes speak of this content."""
    signer = token.signer
    if _attribute(signer, CONTENT_TYPE, "content type").oid() != TST_INFO:
        raise _invalid("the token's signer signed another type of content")
    stated = _attribute(signer, MESSAGE_DIGEST, "message digest").expect(OCTET_STRING)
    digest = hashlib.new(_hash(signer.digest_algorithm).name, token.content).digest()
    if not hmac.compare_digest(stated, digest):
        raise _invalid("the token's content is not what its signer signed")


def _signing_certificate(signer: Signer, held: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate that the signer says, under its signature, is its own."""
    v2 = signer.attributes.get(SIGNING_CERTIFICATE_V2)
    named = v2 or _attribute(signer, SIGNING_CERTIFICATE, "signing certificate")
    first = named.fields().take().fields().take().fields()
    name = "sha1"  # what the older attribute is defined with; the signature proper never rests on it
    if v2 is not None:
        stated = first.optional(SEQUENCE)
        name = _hash(SHA256 if stated is None else algorithm_of(stated)).name
    wanted = first.take().expect(OCTET_STRING)
    for certificate in held:
        digest = hashlib.new(name, certificate.public_bytes(Encoding.DER), usedforsecurity=False).digest()
        if hmac.compare_digest(digest, wanted) and _is_of(signer, certificate):
            return certificate
    raise _invalid("the token does not hold its signer's certificate")


def _is_of(signer: Signer, certificate: x509.Certificate) -> bool:
    if signer.key_identifier is not None:
        return signer.key_identifier == key_identifier(certificate)
    return (signer.issuer, signer.serial) == (certificate.issuer.public_bytes(), certificate.serial_number)


def _check_signature(signer: Signer, certificate: x509.Certificate) -> None:
    """The certificate's key signed the attributes; RSA with PKCS #1 v1.5, ECDSA or Ed25519."""
    key, oid = certificate.public_key(), signer.signature_algorithm
    stated = _hash(signer.digest_algorithm)
    try:
        if isinstance(key, rsa.RSAPublicKey) and oid in _RSA:
            key.verify(signer.signature, signer.signed, padding.PKCS1v15(), _RSA[oid] or stated)
        elif isinstance(key, ec.EllipticCurvePublicKey) and oid in _ECDSA:
            key.verify(signer.signature, signer.signed, ec.ECDSA(_ECDSA[oid]))
        elif isinstance(key, ed25519.Ed25519PublicKey) and oid == _ED25519:
            key.verify(signer.signature, signer.signed)
        else:
            raise _invalid(
                f"the token is signed with {oid}, which its certificate's key cannot be or is not accepted"
            )
    except (InvalidSignature, *NOT_READ) as error:
        raise _invalid("the token's signature does not verify") from error
