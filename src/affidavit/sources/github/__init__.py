"""GitHub audit log: what people, tokens and apps did in an organisation or enterprise."""
