"""Query columns, which follow from the parts, over plain buffers as the lake stores them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from affidavit.formats.record.sealed import hashed, not_so_many
from affidavit.formats.record.strings import check_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from typing_extensions import Buffer

    from affidavit.formats.record.sealed import Sealed
    from affidavit.formats.record.strings import Coded, Strings

INTEGERS = {"time_us": 8, "class_uid": 4, "activity_id": 4, "type_uid": 8, "severity_id": 4}
"""The columns of integers and how many bytes each value has."""
WORDS = (
    "outcome", "action", "activity", "actor_uid", "actor_name", "actor_email", "actors", "resources", "src_ip",
    "src_net",
)  # fmt: skip
"""The columns of strings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A column of strings; `known` is a bitmap as Arrow's, whose bit `known_first` is that of the first value."""

    strings: Strings | Coded
    known: Buffer | None = None
    known_first: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queried:
    """`count` records: the integers by INTEGERS, native, and the WORDS."""

    count: int
    integers: Mapping[str, Buffer]
    words: Mapping[str, Words]

    def check(self) -> None:
        """RecordError where a column is shorter than the others."""
        for name, width in INTEGERS.items():
            check_range(self.integers[name], count=self.count, width=width)
        for name in WORDS:
            words = self.words[name]
            if words.known is not None:
                check_range(words.known, count=(words.known_first + self.count + 7) // 8, width=1)
            if words.strings.count != self.count:
                raise not_so_many(self.count)


class Examined(NamedTuple):
    """What was found of some records that follow one another."""

    parts: Strings
    leaves: bytes
    """Their leaf hashes, joined."""
    doubts: Sequence[int]
    """Those, counted from the first of them, whose query columns have yet to be derived again from the parts."""


def examined(sealed: Sealed, queried: Queried | None) -> Iterator[Examined]:
    """The records a piece of their parts at a time; RecordError where the columns are bad.

    All are in doubt where there are no query columns, and here always.
    """
    if queried is not None:
        queried.check()
        if queried.count != sealed.count:
            raise not_so_many(sealed.count)
    for parts, leaves in hashed(sealed):
        yield Examined(parts, leaves, range(parts.count))
