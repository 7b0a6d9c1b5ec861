"""docs/spec/lake.md lists the table's columns as they are stored, and every query column's rule."""

from __future__ import annotations

import re
from pathlib import Path

from affidavit.lake import schema

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "lake.md").read_text()
COLUMNS, RULES = PAGE.split("## Query columns")


def test_the_columns_are_those_of_the_table() -> None:
    """Name, type and nullability stand in the order of the field ids."""
    listed = re.findall(r"^\| `(\w+)` \| (\S+) \| (yes|no) \|", COLUMNS, re.MULTILINE)
    assert listed == [
        (field.name, str(field.field_type), "no" if field.required else "yes")
        for field in schema.ICEBERG.fields
    ]
    assert [field.field_id for field in schema.ICEBERG.fields] == list(range(1, len(listed) + 1))


def test_the_query_columns_are_told_apart() -> None:
    """The table says which columns are derived, and each of those has a rule."""
    marked = re.findall(r"^\| `(\w+)` \| \S+ \| \w+ \| query column\b", COLUMNS, re.MULTILINE)
    assert set(marked) == set(schema.QUERY_COLUMNS)
    assert tuple(re.findall(r"^\| `(\w+)` \|", RULES, re.MULTILINE)) == schema.QUERY_COLUMNS
