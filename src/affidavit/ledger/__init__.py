"""The log: tiles, checkpoints, heads, sequences and receipts. A single writer a log."""
