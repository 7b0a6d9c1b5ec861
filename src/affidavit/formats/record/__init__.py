"""The sealed record, v1: five parts, their digests, the entry and its leaf. See docs/spec/record.md."""
