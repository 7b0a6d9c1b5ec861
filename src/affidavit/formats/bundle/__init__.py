"""Evidence bundles as bytes: archive, manifest, records, and the hashes around a range (docs/spec/bundle.md)."""
