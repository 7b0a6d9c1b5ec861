"""CloudTrail events as OCSF: a file a class; each is asked only for the operations that its table names."""
