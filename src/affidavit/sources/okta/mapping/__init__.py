"""From a System Log event to OCSF, one class a file; each `build` takes what all classes share."""
