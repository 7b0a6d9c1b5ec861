"""Find records: the query language, pages of results, and how they cross processes."""
