"""Evidence bundles: made from what is stored, verified from what is in them and nothing else (docs/spec/bundle.md)."""
