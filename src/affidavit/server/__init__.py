"""The HTTP API: receives batches, answers readers, serves the log to outsiders."""
