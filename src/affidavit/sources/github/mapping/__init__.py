"""From a GitHub audit event to OCSF, one class a file; each `build` takes what all classes share."""
