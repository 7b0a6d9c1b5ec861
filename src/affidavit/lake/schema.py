"""The table of records: columns, partition by day of receipt, order of compacted files (docs/spec/lake.md)."""

from __future__ import annotations

import pyarrow as pa
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import SortField, SortOrder
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import (
    FixedType,
    IcebergType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

TABLE = "records"
"""Name of the table inside the tenant's namespace."""

_MOMENT = pa.timestamp("us", "UTC")
_FIELDS: tuple[tuple[str, IcebergType, pa.DataType, bool], ...] = (
    ("index", LongType(), pa.int64(), True),
    ("record", FixedType(16), pa.binary(16), True),
    ("salt", FixedType(16), pa.binary(16), False),
    ("kind", StringType(), pa.string(), True),
    ("source", StringType(), pa.string(), True),
    ("class_uid", IntegerType(), pa.int32(), True),
    ("mapper", StringType(), pa.string(), True),
    ("seq", LongType(), pa.int64(), True),
    ("received", TimestamptzType(), _MOMENT, True),
    ("sealed", TimestamptzType(), _MOMENT, True),
    ("batch", StringType(), pa.string(), True),
    ("parts", StringType(), pa.large_string(), True),
    ("time", TimestamptzType(), _MOMENT, True),
    ("activity_id", IntegerType(), pa.int32(), True),
    ("type_uid", LongType(), pa.int64(), True),
    ("severity_id", IntegerType(), pa.int32(), True),
    ("outcome", StringType(), pa.string(), True),
    ("action", StringType(), pa.string(), True),
    ("activity", StringType(), pa.string(), True),
    ("actor_uid", StringType(), pa.string(), False),
    ("actor_name", StringType(), pa.string(), False),
    ("actor_email", StringType(), pa.string(), False),
    ("actors", StringType(), pa.string(), True),
    ("resources", StringType(), pa.string(), True),
    ("src_ip", StringType(), pa.string(), False),
    ("src_net", StringType(), pa.string(), False),
)
PARTS = "parts"
"""The stored column that holds all parts: actor, target, detail, facts and raw, with line feeds between."""
APART = ("actor", "target", "detail", "text")
"""The columns that it is in memory; `text` is facts and raw with a line feed between."""
QUERY_COLUMNS = ("time", "class_uid", *(name for name, *_ in _FIELDS[13:]))
"""The columns that `formats.record.columns.derive` gives, in its order."""
COLUMN_NAMES = tuple(name for name, *_ in _FIELDS)
"""Every column in the order of its field id, from 1."""
FIELD_ID = {name: at for at, name in enumerate(COLUMN_NAMES, start=1)}
"""Iceberg field ids."""

ICEBERG = Schema(
    *(
        NestedField(field_id=at, name=name, field_type=iceberg, required=required)
        for at, (name, iceberg, _, required) in enumerate(_FIELDS, start=1)
    )
)
"""The table's schema."""
PARTITIONS = PartitionSpec(
    PartitionField(
        source_id=FIELD_ID["received"], field_id=1000, transform=DayTransform(), name="received_day"
    )
)
"""One partition a UTC day of receipt."""
SORTED_BY = ("actors", "action", "time")
"""The order of rows in compacted files: what is alike lies together, an actor's rows most of all."""
ORDER = SortOrder(
    *(SortField(source_id=FIELD_ID[name], transform=IdentityTransform()) for name in SORTED_BY), order_id=1
)
"""The same for Iceberg."""
STORED = pa.schema(
    [
        pa.field(name, arrow, nullable=not required, metadata={"PARQUET:field_id": str(FIELD_ID[name])})
        for name, _, arrow, required in _FIELDS
    ]
)
"""The table's columns for Arrow and Parquet."""
