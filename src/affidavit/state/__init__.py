"""The SQL database: one engine, transactions, migrations. Each room declares its own tables on `metadata`.

SQLite in the data directory, or PostgreSQL by URL; everything above behaves the same on both.
"""
