"""What a timestamp token says and who signed it: CMS SignedData (RFC 5652) around a TSTInfo (RFC 3161, 2.4.2).

Only reading: nothing here has been verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import TimestampError
from affidavit.formats.rfc3161.der import (
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    Element,
    context,
)
from affidavit.formats.rfc3161.query import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
_V3 = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class TstInfo:
    """The statement: this digest existed before this time."""

    policy: str
    algorithm: str
    """OID of the digest's algorithm."""
    digest: bytes
    serial: int
    time_us: int
    accuracy_us: int
    """How far the true time may be from `time_us`; 0 where the authority says nothing."""
    nonce: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """The one SignerInfo of a token."""

    issuer: bytes | None
    """The DER name of the issuer of the signer's certificate, where it is named so,"""
    serial: int | None
    """with its serial number;"""
    key_identifier: bytes | None
    """or else the certificate's subject key identifier."""
    digest_algorithm: str
    signature_algorithm: str
    attributes: Mapping[str, Element]
    """The one value of each signed attribute, by OID."""
    signed: bytes
    """What the signature covers: the attributes as a SET."""
    signature: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A token that is well-formed."""

    content: bytes
    """The DER of the TSTInfo."""
    info: TstInfo
    certificates: tuple[bytes, ...]
    signer: Signer


def parse_token(data: bytes) -> Token:
    """The token that `data` spells; TimestampError says which rule other bytes break."""
    if len(data) > MAX_BYTES:
        raise TimestampError(f"a token of {len(data)} bytes exceeds {MAX_BYTES}")
    outer = Element.parse(data).fields()
    if outer.take().oid() != SIGNED_DATA:
        raise TimestampError("the token is no signed data")
    signed = outer.take().fields(context(0)).only().fields()
    outer.end()
    if signed.take().integer() != _V3:
        raise TimestampError("the token's signed data is not of version 3")
    signed.take().expect(SET)  # digest algorithms; the signer names its own
    encapsulated = signed.take().fields()
    if encapsulated.take().oid() != TST_INFO:
        raise TimestampError("the token does not carry a timestamp")
    content = encapsulated.take().fields(context(0)).only().expect(OCTET_STRING)
    encapsulated.end()
    certificates = signed.optional(context(0))
    signed.optional(context(1))  # revocation lists are not used
    signer = signed.take().fields(SET).only()  # RFC 3161, 2.4.2: no signature but the authority's
    signed.end()
    held = () if certificates is None else certificates.fields(context(0)).rest()
    return Token(
        content=content,
        info=_info(content),
        certificates=tuple(element.encoded for element in held if element.tag == SEQUENCE),
        signer=_signer(signer),
    )


def algorithm_of(element: Element) -> str:
    """The OID of an AlgorithmIdentifier; the parameters of those that are used here say nothing."""
    fields = element.fields()
    oid = fields.take().oid()
    if fields.rest()[1:]:
        raise TimestampError("an algorithm identifier has more than one parameter")
    return oid


def _info(content: bytes) -> TstInfo:
    fields = Element.parse(content).fields()
    if fields.take().integer() != 1:
        raise TimestampError("the timestamp is not of version 1")
    policy = fields.take().oid()
    imprint = fields.take().fields()
    algorithm, digest = algorithm_of(imprint.take()), imprint.take().expect(OCTET_STRING)
    imprint.end()
    serial, time_us = fields.take().integer(), fields.take().time_us()
    accuracy = fields.optional(SEQUENCE)
    ordering = fields.optional(BOOLEAN)
    if ordering is not None:
        ordering.boolean()
    nonce = fields.optional(INTEGER)
    fields.optional(context(0))  # the authority's name; its certificate says it
    if fields.optional(context(1)) is not None:
        raise TimestampError("the timestamp has extensions, and none is known here")
    fields.end()
    return TstInfo(
        policy=policy,
        algorithm=algorithm,
        digest=digest,
        serial=serial,
        time_us=time_us,
        accuracy_us=0 if accuracy is None else _accuracy_us(accuracy),
        nonce=None if nonce is None else nonce.integer(),
    )


def _accuracy_us(element: Element) -> int:
    fields = element.fields()
    total_us = 0
    parts = ((INTEGER, 1_000_000), (context(0, constructed=False), 1000), (context(1, constructed=False), 1))
    for tag, unit_us in parts:
        part = fields.optional(tag)
        if part is not None:
            number = Element(INTEGER, part.content, part.encoded).integer()
            if not 0 <= number < 1 << 31:
                raise TimestampError("the timestamp's accuracy is out of range")
            total_us += number * unit_us
    fields.end()
    return total_us


def _signer(element: Element) -> Signer:
    fields = element.fields()
    version = fields.take().integer()
    named = fields.take()
    issuer, serial, key_identifier = None, None, None
    if version == 1:
        parts = named.fields()
        issuer, serial = parts.take().encoded, parts.take().integer()
        parts.end()
    elif version == _V3:
        key_identifier = named.expect(context(0, constructed=False))
    else:
        raise TimestampError("the token's signer is of an unknown version")
    digest_algorithm = algorithm_of(fields.take())
    attributes = fields.optional(context(0))
    if attributes is None:
        raise TimestampError("the token's signer signed no attributes")
    signature_algorithm, signature = algorithm_of(fields.take()), fields.take().expect(OCTET_STRING)
    fields.optional(context(1))  # unsigned attributes prove nothing
    fields.end()
    return Signer(
        issuer=issuer,
        serial=serial,
        key_identifier=key_identifier,
        digest_algorithm=digest_algorithm,
        signature_algorithm=signature_algorithm,
        attributes=_attributes(attributes),
        signed=bytes([SET]) + attributes.encoded[1:],  # RFC 5652, 5.4: as a SET OF, not as [0]
        signature=signature,
    )


def _attributes(element: Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for attribute in element.fields(context(0)).rest():
        fields = attribute.fields()
        oid, values = fields.take().oid(), fields.take().fields(SET).rest()
        fields.end()
        if oid in found or not values:
            raise TimestampError(f"the signed attribute {oid} is there twice, or without a value")
        if len(values) == 1:
            found[oid] = values[0]
    return found
