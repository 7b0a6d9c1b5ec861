"""What a token holds is read member by member; whatever RFC 3161 and RFC 5652 do not have there is refused."""

from __future__ import annotations

import pytest

from affidavit.core.errors import TimestampError
from affidavit.formats.rfc3161.der import encode, encode_integer, encode_oid
from affidavit.formats.rfc3161.token import Token, parse_token

DIGEST = bytes(range(32))
SHA256 = encode(0x30, encode_oid("2.16.840.1.101.3.4.2.1"), b"\x05\x00")
SHA512 = encode(0x30, encode_oid("2.16.840.1.101.3.4.2.3"))
NAME = encode(0x30, encode(0x31))
TWICE = encode(0x30, encode_oid("1.2"), b"\x05\x00", b"\x05\x00")
LIMIT_BYTES = 256 * 1024


def attribute(oid: str, *values: bytes) -> bytes:
    """An attribute with its values."""
    return encode(0x30, encode_oid(oid), encode(0x31, *values))


ATTRIBUTES = attribute("1.2.3", encode_integer(1)) + attribute("1.2.4", encode_integer(2), encode_integer(3))
INFO = {
    "version": encode_integer(1),
    "policy": encode_oid("1.2.3.4"),
    "imprint": encode(0x30, SHA256, encode(0x04, DIGEST)),
    "serial": encode_integer(77),
    "time": encode(0x18, b"20260601120000Z"),
    "accuracy": b"",
    "ordering": b"",
    "nonce": b"",
    "tsa": b"",
    "extensions": b"",
    "more": b"",
}
SIGNER = {
    "version": encode_integer(1),
    "named": encode(0x30, NAME, encode_integer(9)),
    "digest": SHA256,
    "attributes": encode(0xA0, ATTRIBUTES),
    "algorithm": SHA512,
    "signature": encode(0x04, b"signature"),
    "unsigned": b"",
    "more": b"",
}
SIGNED = {
    "version": encode_integer(3),
    "digests": encode(0x31, SHA256),
    "content": b"",
    "certificates": b"",
    "revocations": b"",
    "signers": b"",
    "more": b"",
}


def joined(parts: dict[str, bytes], changed: dict[str, bytes]) -> bytes:
    """A SEQUENCE of the parts, some of them changed."""
    assert changed.keys() <= parts.keys()
    return encode(0x30, *(parts | changed).values())


def token(
    *,
    info: dict[str, bytes] | None = None,
    signer: dict[str, bytes] | None = None,
    signed: dict[str, bytes] | None = None,
) -> bytes:
    """A well-formed token with some parts changed."""
    content = joined(INFO, info or {})
    whole = SIGNED | {
        "content": encode(0x30, encode_oid("1.2.840.113549.1.9.16.1.4"), encode(0xA0, encode(0x04, content))),
        "signers": encode(0x31, joined(SIGNER, signer or {})),
    }
    inner = encode(0xA0, joined(whole, signed or {}))
    return encode(0x30, encode_oid("1.2.840.113549.1.7.2"), inner)


def read(**changed: dict[str, bytes]) -> Token:
    """The token with these parts changed, read."""
    return parse_token(token(**changed))


def test_the_least_token() -> None:
    """Every member that there has to be is read as it stands."""
    least = read()
    assert least.content == joined(INFO, {})
    assert least.certificates == ()
    info = least.info
    assert (info.policy, info.algorithm, info.digest) == ("1.2.3.4", "2.16.840.1.101.3.4.2.1", DIGEST)
    assert (info.serial, info.time_us, info.accuracy_us) == (77, 1_780_315_200_000_000, 0)
    assert info.nonce is None
    signer = least.signer
    assert (signer.issuer, signer.serial, signer.key_identifier) == (NAME, 9, None)
    assert (signer.digest_algorithm, signer.signature_algorithm) == (
        "2.16.840.1.101.3.4.2.1",
        "2.16.840.1.101.3.4.2.3",
    )
    assert signer.signature == b"signature"
    assert signer.signed == encode(0x31, ATTRIBUTES)


def test_a_signed_attribute_has_one_value() -> None:
    """One with two values says nothing that could be relied on."""
    attributes = read().signer.attributes
    assert {oid: value.integer() for oid, value in attributes.items()} == {"1.2.3": 1}


def test_all_that_may_be_there_besides() -> None:
    """Ordering, nonce, the authority's name, certificates, revocation lists and unsigned attributes."""
    for ordering in (b"\x01\x01\xff", b"\x01\x01\x00"):
        info = {"ordering": ordering, "nonce": encode_integer(2**64), "tsa": encode(0xA0, NAME)}
        signed = {
            "certificates": encode(0xA0, NAME, encode(0xA1, NAME), SHA256),
            "revocations": encode(0xA1, NAME),
        }
        full = read(info=info, signer={"unsigned": encode(0xA1, ATTRIBUTES)}, signed=signed)
        assert full.info.nonce == 2**64
        assert full.certificates == (NAME, SHA256)  # what is no X.509 certificate is passed over
        assert (full.info.accuracy_us, full.signer.serial) == (0, 9)


def test_extensions_are_refused_with_a_message_that_says_so() -> None:
    """A critical one could change what the timestamp means; anything else behind the name is just malformed."""
    extensions = encode(0xA1, encode(0x30, encode_oid("1.2.3"), encode(0x04, b"")))
    with pytest.raises(TimestampError, match="the timestamp has extensions"):
        read(info={"tsa": encode(0xA0, NAME), "extensions": extensions})
    with pytest.raises(TimestampError, match="more than it should"):
        read(info={"more": encode(0xA2)})


def test_a_signer_may_be_named_by_key() -> None:
    """By subject key identifier, which takes version 3; a version and a name of unlike kinds are refused."""
    signer = read(signer={"version": encode_integer(3), "named": encode(0x80, b"key")}).signer
    assert (signer.issuer, signer.serial, signer.key_identifier) == (None, None, b"key")
    for changed in (
        {"version": encode_integer(3)},
        {"named": encode(0x80, b"key")},
        {"version": encode_integer(2)},
        {"version": encode_integer(2), "named": encode(0x80, b"key")},
        {"version": encode_integer(4), "named": encode(0x80, b"key")},
    ):
        with pytest.raises(TimestampError):
            read(signer=changed)


@pytest.mark.parametrize(
    ("accuracy", "meant_us"),
    [
        (b"", 0),
        (b"\x02\x01\x02", 2_000_000),
        (b"\x80\x01\x05", 5000),
        (b"\x81\x01\x07", 7),
        (b"\x02\x01\x02\x80\x01\x05\x81\x01\x07", 2_005_007),
        (b"\x02\x01\x00", 0),
        (b"\x02\x04\x7f\xff\xff\xff", (2**31 - 1) * 1_000_000),
    ],
)
def test_accuracy(accuracy: bytes, meant_us: int) -> None:
    """Seconds, milliseconds and microseconds add up; each may be missing."""
    assert read(info={"accuracy": encode(0x30, accuracy)}).info.accuracy_us == meant_us


@pytest.mark.parametrize(
    "accuracy",
    [
        b"\x02\x01\xff",
        b"\x80\x05\x00\x80\x00\x00\x00",
        b"\x02\x05\x00\x80\x00\x00\x00",
        b"\x81\x01\x07\x80\x01\x05",
        b"\x82\x01\x07",
        b"\x80\x02\x00\x05",
    ],
)
def test_accuracies_that_are_none(accuracy: bytes) -> None:
    """Negative, beyond 31 bits, out of order, of an unknown unit, not minimal."""
    with pytest.raises(TimestampError):
        read(info={"accuracy": encode(0x30, accuracy)})


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("version", encode_integer(2)),
        ("version", encode_integer(0)),
        ("policy", encode_integer(1)),
        ("imprint", encode(0x30, SHA256, encode(0x04, DIGEST), b"\x05\x00")),
        ("imprint", encode(0x30, SHA256)),
        ("imprint", encode(0x30, SHA256, encode(0x03, DIGEST))),
        ("imprint", encode(0x30, TWICE, encode(0x04, DIGEST))),
        ("serial", b""),
        ("time", encode(0x17, b"260601120000Z")),
        ("ordering", b"\x01\x01\x01"),
        ("nonce", b"\x02\x02\x00\x01"),
        ("extensions", encode(0xA1)),
        ("more", encode(0xA2)),
        ("more", encode_integer(1) * 2),
    ],
)
def test_statements_that_are_none(part: str, value: bytes) -> None:
    """Another version, members missing, doubled or mistyped, and extensions, of which none is known."""
    with pytest.raises(TimestampError):
        read(info={part: value})


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("named", encode(0x30, NAME)),
        ("named", encode(0x30, NAME, encode_integer(9), b"\x05\x00")),
        ("digest", TWICE),
        ("attributes", b""),
        ("attributes", encode(0xA0, ATTRIBUTES, attribute("1.2.3", encode_integer(1)))),
        ("attributes", encode(0xA0, attribute("1.2.3"))),
        ("attributes", encode(0xA0, encode(0x30, encode_oid("1.2.3"), encode(0x30)))),
        ("attributes", encode(0xA0, encode(0x30, encode_oid("1.2.3"), encode(0x31, NAME), NAME))),
        ("signature", encode(0x03, b"signature")),
        ("more", b"\x05\x00"),
    ],
)
def test_signers_that_are_none(part: str, value: bytes) -> None:
    """Unsigned or repeated attributes, attributes without a value, and members too many or too few."""
    with pytest.raises(TimestampError):
        read(signer={part: value})


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("version", encode_integer(1)),
        ("version", encode_integer(4)),
        ("digests", encode(0x30, SHA256)),
        ("content", encode(0x30, encode_oid("1.2.840.113549.1.7.1"), encode(0xA0, encode(0x04, b"")))),
        ("signers", encode(0x31)),
        ("signers", encode(0x31, joined(SIGNER, {}) * 2)),
        ("signers", encode(0x30, joined(SIGNER, {}))),
        ("more", b"\x05\x00"),
    ],
)
def test_signed_data_that_is_none(part: str, value: bytes) -> None:
    """Another version, another content, no signer or two, and anything behind them."""
    with pytest.raises(TimestampError):
        read(signed={part: value})


def test_the_content_is_one_octet_string() -> None:
    """With nothing beside it, and of the type that its name states."""
    oid, held = encode_oid("1.2.840.113549.1.9.16.1.4"), encode(0x04, joined(INFO, {}))
    assert read(signed={"content": encode(0x30, oid, encode(0xA0, held))}).info.serial == 77
    for false in (
        encode(0x30, encode_oid("1.2.840.113549.1.7.1"), encode(0xA0, held)),
        encode(0x30, oid, encode(0xA0, held), held),
        encode(0x30, oid, encode(0xA0, held, held)),
        encode(0x30, oid, encode(0xA1, held)),
        encode(0x30, oid, encode(0xA0, joined(INFO, {}))),
        encode(0x30, oid, encode(0xA0, encode(0x04, joined(INFO, {}) + b"\x05\x00"))),
    ):
        with pytest.raises(TimestampError):
            read(signed={"content": false})


def test_the_outermost_member_says_signed_data() -> None:
    """Other types of content, and members beside it, are refused."""
    whole = token()
    inner = encode(0xA0, joined(SIGNED, {}))
    sound_inner = whole[whole.index(encode_oid("1.2.840.113549.1.7.2")) + 11 :]
    assert parse_token(encode(0x30, encode_oid("1.2.840.113549.1.7.2"), sound_inner)) == parse_token(whole)
    for false in (
        encode(0x30, encode_oid("1.2.840.113549.1.7.3"), sound_inner),
        encode(0x30, encode_oid("1.2.840.113549.1.7.2"), sound_inner, b"\x05\x00"),
        encode(0x30, encode_oid("1.2.840.113549.1.7.2"), inner),
        encode(0x31, encode_oid("1.2.840.113549.1.7.2"), sound_inner),
        whole + b"\x00",
        whole[:-1],
    ):
        with pytest.raises(TimestampError):
            parse_token(false)


def test_a_token_may_have_a_quarter_of_a_mebibyte() -> None:
    """One byte more is refused unread."""
    half = LIMIT_BYTES // 2
    head = len(token(signed={"revocations": encode(0xA1, bytes(half))})) - half
    largest = token(signed={"revocations": encode(0xA1, bytes(LIMIT_BYTES - head))})
    assert len(largest) == LIMIT_BYTES
    assert parse_token(largest).info.serial == 77
    with pytest.raises(TimestampError, match="exceeds 262144"):
        parse_token(token(signed={"revocations": encode(0xA1, bytes(LIMIT_BYTES - head + 1))}))
