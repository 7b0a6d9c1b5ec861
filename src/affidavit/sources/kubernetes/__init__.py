"""Kubernetes: `kubernetes.audit`, the audit log of an API server."""
