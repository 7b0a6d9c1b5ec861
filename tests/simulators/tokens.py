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
from affidavit.formats.rfc3161.query import SHA256
from affidavit.formats.rfc3161.token import SIGNED_DATA, TST_INFO
from affidavit.formats.rfc3161.verify import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE_V2,
)

if TYPE_CHECKING:
    from tests.running.tsa import Issued

_RSA, _ECDSA, _ED25519 = "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2", "1.3.101.112"


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
        if self.ess == SIGNING_CERTIFICATE_V2:
            own = encode(SEQUENCE, encode(OCTET_STRING, hashlib.sha256(named).digest()))
        else:
            own = encode(SEQUENCE, encode(OCTET_STRING, hashlib.sha1(named, usedforsecurity=False).digest()))
        values = {
            CONTENT_TYPE: encode_oid(self.content_type),
            MESSAGE_DIGEST: encode(OCTET_STRING, hashlib.sha256(info + self.extra).digest()),
            self.ess: encode(SEQUENCE, encode(SEQUENCE, own)),
        }
        attributes = b"".join(
            encode(SEQUENCE, encode_oid(oid), encode(SET, value))
            for oid, value in values.items()
            if oid != self.without
        )
        algorithm, signature = _sign(self.signer, encode(SET, attributes))
        return encode(
            SEQUENCE,
            encode_integer(1),
            encode(SEQUENCE, certificate.issuer.public_bytes(), encode_integer(certificate.serial_number)),
            _algorithm(SHA256),
            encode(context(0), attributes),
            algorithm,
            encode(OCTET_STRING, signature),
        )


def _algorithm(oid: str) -> bytes:
    return encode(SEQUENCE, encode_oid(oid), encode(NULL))


def _sign(signer: Issued, message: bytes) -> tuple[bytes, bytes]:
    key = signer.key
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return encode(SEQUENCE, encode_oid(_ED25519)), key.sign(message)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return encode(SEQUENCE, encode_oid(_ECDSA)), key.sign(message, ec.ECDSA(hashes.SHA256()))
    return _algorithm(_RSA), key.sign(message, padding.PKCS1v15(), hashes.SHA256())
