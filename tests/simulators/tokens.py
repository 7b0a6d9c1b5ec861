"""Timestamp tokens put together by hand: those that no honest authority makes, and signatures OpenSSL's cannot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding

from affidavit.formats.rfc3161.der import (
    NULL,
    OCTET_STRING,
    SEQUENCE,
    SET,
    context,
    encode,
    encode_integer,
    encode_oid,
)

if TYPE_CHECKING:
    from tests.running.tsa import Issued

SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
DIGESTS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
"""The digests by the names that hashlib gives them; the OIDs as the standards print them."""
SIGNATURES = {
    "rsa": "1.2.840.113549.1.1.1",
    "rsa-sha256": "1.2.840.113549.1.1.11",
    "rsa-sha384": "1.2.840.113549.1.1.12",
    "rsa-sha512": "1.2.840.113549.1.1.13",
    "ecdsa-sha256": "1.2.840.10045.4.3.2",
    "ecdsa-sha384": "1.2.840.10045.4.3.3",
    "ecdsa-sha512": "1.2.840.10045.4.3.4",
    "ed25519": "1.3.101.112",
}
SHA256 = DIGESTS["sha256"]
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


@dataclass(kw_only=True)
class Recipe:
    """A sound token for `digest`; a test alters one thing."""

    signer: Issued
    digest: bytes
    time: bytes = b"20260601120000.5Z"
    content_type: str = TST_INFO
    certificates: tuple[Issued, ...] | None = None
    without: str = ""
    """The signed attribute to leave out, by OID."""
    ess: str = SIGNING_CERTIFICATE_V2
    named: Issued | None = None
    """Whose certificate the signed attributes name, where it is not the signer's."""
    signatures: int = 1
    info_extra: bytes = b""
    extra: bytes = b""
    """Put into the content after it was signed."""
    digested: str = "sha256"
    """The digest that the signer says it took of the content, and takes for its signature unless `signed` differs."""
    signed: str | None = None
    """The digest that is signed."""
    algorithm: str | None = None
    """The signature's algorithm, by its name in SIGNATURES, where it is not said what was done."""
    ess_digest: str | None = None
    """The digest that the newer attribute names its certificate by, where that is written down."""
    identifier: bytes | None = None
    """Names the signer by this subject key identifier instead of by issuer and serial."""
    issuer: bytes | None = None
    serial: int | None = None
    """Name another signer than the one that signs."""

    def bake(self) -> bytes:
        """The token."""
        info = self._info()
        certificates = self.certificates if self.certificates is not None else (self.signer,)
        held = b"".join(issued.certificate.public_bytes(Encoding.DER) for issued in certificates)
        signed = encode(
            SEQUENCE,
            encode_integer(3),
            encode(SET, _algorithm(SHA256)),
            encode(SEQUENCE, encode_oid(TST_INFO), encode(context(0), encode(OCTET_STRING, info))),
            encode(context(0), held),
            encode(SET, *[self._signer_info(info)] * self.signatures),
        )
        return encode(SEQUENCE, encode_oid(SIGNED_DATA), encode(context(0), signed))

    def _info(self) -> bytes:
        return encode(
            SEQUENCE,
            encode_integer(1),
            encode_oid("1.2.3"),
            encode(SEQUENCE, _algorithm(SHA256), encode(OCTET_STRING, self.digest)),
            encode_integer(7),
            encode(0x18, self.time),
            self.info_extra,
        )

    def _signer_info(self, info: bytes) -> bytes:
        certificate = self.signer.certificate
        named = (self.named or self.signer).certificate.public_bytes(Encoding.DER)
        by = self.ess_digest or ("sha256" if self.ess == SIGNING_CERTIFICATE_V2 else "sha1")
        own = encode(
            SEQUENCE,
            _algorithm(DIGESTS[by]) if self.ess_digest else b"",
            encode(OCTET_STRING, hashlib.new(by, named, usedforsecurity=False).digest()),
        )
        values = {
            CONTENT_TYPE: encode_oid(self.content_type),
            MESSAGE_DIGEST: encode(OCTET_STRING, hashlib.new(self.digested, info + self.extra).digest()),
            self.ess: encode(SEQUENCE, encode(SEQUENCE, own)),
        }
        attributes = b"".join(
            encode(SEQUENCE, encode_oid(oid), encode(SET, value))
            for oid, value in values.items()
            if oid != self.without
        )
        algorithm, signature = _sign(self.signer, encode(SET, attributes), self.signed or self.digested)
        issuer = certificate.issuer.public_bytes() if self.issuer is None else self.issuer
        serial = certificate.serial_number if self.serial is None else self.serial
        by_key = self.identifier is not None
        return encode(
            SEQUENCE,
            encode_integer(3 if by_key else 1),
            encode(context(0, constructed=False), self.identifier or b"")
            if by_key
            else encode(SEQUENCE, issuer, encode_integer(serial)),
            _algorithm(DIGESTS[self.digested]),
            encode(context(0), attributes),
            encode(SEQUENCE, encode_oid(SIGNATURES[self.algorithm or algorithm])),
            encode(OCTET_STRING, signature),
        )


def _algorithm(oid: str) -> bytes:
    return encode(SEQUENCE, encode_oid(oid), encode(NULL))


def _sign(signer: Issued, message: bytes, digest: str) -> tuple[str, bytes]:
    """What was done, by its name in SIGNATURES, and the signature."""
    key = signer.key
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519", key.sign(message)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return f"ecdsa-{digest}", key.sign(message, ec.ECDSA(_HASHES[digest]))
    return f"rsa-{digest}", key.sign(message, padding.PKCS1v15(), _HASHES[digest])
