"""DER (X.690, section 10), as far as timestamps need it: one strict reader, and a writer for requests.

Definite and minimal lengths, single-byte tags, minimal integers: each value has one accepted spelling. Nothing is
read recursively, so no nesting can exhaust anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from affidavit.core.clock import to_us
from affidavit.core.errors import TimestampError

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
UTF8_STRING = 0x0C
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31
_LONG_TAG = 0x1F
_CONSTRUCTED = 0x20
_MAX_FRACTION_DIGITS = 18


def context(number: int, *, constructed: bool = True) -> int:
    """The tag `[number]` of a context."""
    return 0x80 | (_CONSTRUCTED if constructed else 0) | number


@dataclass(frozen=True, slots=True)
class Element:
    """One value with its tag."""

    tag: int
    content: bytes
    encoded: bytes
    """Tag, length and content as they stand."""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The one element that `data` is; TimestampError where it is none, or where more follows."""
        element, end = cls._at(data, 0)
        if end != len(data):
            raise TimestampError(f"{len(data) - end} bytes follow a DER value that should be the last")
        return element

    @classmethod
    def _at(cls, data: bytes, start: int) -> tuple[Self, int]:
        if len(data) < start + 2:
            raise TimestampError("a DER value is cut off")
        tag, length, at = data[start], data[start + 1], start + 2
        if tag & _LONG_TAG == _LONG_TAG:
            raise TimestampError("a DER tag of more than one byte has no place here")
        if length & 0x80:
            count = length & 0x7F
            number = data[at : at + count]
            length, at = int.from_bytes(number, "big"), at + count
            if length < 0x80 or number[0] == 0:  # noqa: PLR2004 - what fits one byte, or no definite length
                raise TimestampError("a DER length is not definite and minimal")
        end = at + length
        if end > len(data):
            raise TimestampError("a DER value is cut off")
        return cls(tag, data[at:end], data[start:end]), end

    def fields(self, tag: int = SEQUENCE) -> Fields:
        """What this element, which must have `tag`, consists of."""
        self.expect(tag)
        found, at = [], 0
        while at < len(self.content):
            element, at = self._at(self.content, at)
            found.append(element)
        return Fields(found)

    def expect(self, tag: int) -> bytes:
        """The content of this element, which must have `tag`."""
        if self.tag != tag:
            raise TimestampError(f"a DER value has the tag {self.tag:#04x} where {tag:#04x} is due")
        return self.content

    def integer(self) -> int:
        """The number that an INTEGER spells."""
        content = self.expect(INTEGER)
        redundant = len(content) > 1 and content[0] in (0x00, 0xFF) and (content[0] ^ content[1]) < 0x80  # noqa: PLR2004 - the sign bit
        if not content or redundant:
            raise TimestampError("a DER integer is not minimal")
        return int.from_bytes(content, "big", signed=True)

    def oid(self) -> str:
        """The dotted form of an OBJECT IDENTIFIER."""
        content = self.expect(OID)
        if not content or content[-1] & 0x80:
            raise TimestampError("a DER object identifier is cut off")
        arcs, number, fresh = [], 0, True
        for byte in content:
            if fresh and byte == 0x80:  # noqa: PLR2004 - a leading zero digit
                raise TimestampError("a DER object identifier is not minimal")
            number, fresh = number << 7 | byte & 0x7F, not byte & 0x80
            if fresh:
                arcs.append(number)
                number = 0
        if max(arcs) >= 1 << 64:
            raise TimestampError("a DER object identifier has too large a number")
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))

    def boolean(self) -> bool:
        """The value of a BOOLEAN."""
        content = self.expect(BOOLEAN)
        if content not in (b"\x00", b"\xff"):
            raise TimestampError("a DER boolean is neither 00 nor FF")
        return content == b"\xff"

    def time_us(self) -> int:
        """A GeneralizedTime in UTC, in microseconds since 1970; what is finer is rounded up."""
        try:
            text = self.expect(GENERALIZED_TIME).decode("ascii")
            seconds, point, fraction = text.removesuffix("Z").partition(".")
            if text.startswith("9999"):  # its last second, rounded up, would have no place in the calendar
                raise TimestampError("a time is beyond the year 9998")
            if not text.endswith("Z") or len(seconds) != len("YYYYMMDDhhmmss") or not seconds.isdigit():
                raise TimestampError("a time is not YYYYMMDDhhmmss[.f]Z")
            if point and (
                not fraction.isdigit() or fraction.endswith("0") or len(fraction) > _MAX_FRACTION_DIGITS
            ):
                raise TimestampError("a time's fraction of a second is not minimal digits")
            moment = datetime.strptime(seconds, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError as error:  # UnicodeDecodeError too
            raise TimestampError("a time is none of the calendar") from error
        return to_us(moment) - (-int(fraction or "0") * 1_000_000 // int(f"1{'0' * len(fraction)}"))


class Fields:
    """The elements of a constructed one, taken in order."""

    def __init__(self, elements: list[Element]) -> None:
        self._elements = elements
        self._at = 0

    def take(self) -> Element:
        """The next element; TimestampError where there is none."""
        if self._at == len(self._elements):
            raise TimestampError("a DER structure ends too early")
        self._at += 1
        return self._elements[self._at - 1]

    def optional(self, tag: int) -> Element | None:
        """The next element where it has `tag`."""
        if self._at < len(self._elements) and self._elements[self._at].tag == tag:
            return self.take()
        return None

    def only(self) -> Element:
        """The one element that there is."""
        element = self.take()
        self.end()
        return element

    def rest(self) -> list[Element]:
        """All that are left."""
        rest, self._at = self._elements[self._at :], len(self._elements)
        return rest

    def end(self) -> None:
        """Return only if nothing is left."""
        if self._at != len(self._elements):
            raise TimestampError("a DER structure holds more than it should")


def encode(tag: int, *contents: bytes) -> bytes:
    """The element with the joined contents."""
    content = b"".join(contents)
    if len(content) < 0x80:  # noqa: PLR2004 - what fits one byte
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def encode_integer(number: int) -> bytes:
    """An INTEGER that is not negative."""
    return encode(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def encode_oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *others = map(int, dotted.split("."))
    content = b""
    for arc in (40 * first + second, *others):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(arc & 0x7F | 0x80)
        content += bytes(reversed(digits))
    return encode(OID, content)
