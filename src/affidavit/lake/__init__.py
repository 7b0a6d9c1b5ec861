"""The lake: one Iceberg table of records a tenant, every file of it an age file (docs/spec/lake.md).

The only room that knows PyArrow, PyIceberg and DuckDB. Three processes may work on one lake at once: one
appends, one compacts, any number read.
"""
