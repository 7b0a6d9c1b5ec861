"""Okta System Log: what people and services did in an Okta organisation, as its /api/v1/logs reports it."""
