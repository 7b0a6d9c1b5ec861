"""Query columns beside the parts that they follow from, over plain buffers, as the lake stores them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import RecordError
from affidavit.formats.record.strings import CODE, check_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Buffer

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
    """`count` records: the column of parts as in Sealed, the integers by INTEGERS, native, and the WORDS."""

    count: int
    parts: Strings
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
        for column in (self.parts, *(self.words[name].strings for name in WORDS)):
            if column.count != self.count:
                raise RecordError(f"a column does not have {self.count} values", code=CODE)


def doubtful(queried: Queried) -> Sequence[int]:
    """The rows whose query columns have yet to be derived again: here all of them."""
    return range(queried.count)
