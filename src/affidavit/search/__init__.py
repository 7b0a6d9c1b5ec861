"""Finding records: the query language, moments as people write them, and results as lines of JSON."""
