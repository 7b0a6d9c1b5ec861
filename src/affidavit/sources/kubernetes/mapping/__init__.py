"""Audit events as OCSF: a file a class; requests are API Activity unless they are known to grant a role."""
