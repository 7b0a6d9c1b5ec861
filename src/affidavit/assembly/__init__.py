"""The composition root: settings become live objects. The only place that names implementations."""
