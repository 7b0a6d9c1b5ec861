"""OCSF 1.8.0 as msgspec Structs: `objects`, one `classes_<category>` a category, all by uid in `classes`."""

VERSION = "1.8.0"
