"""Owns the parts of `tests/verify_metrics.py`. Never anything that a service imports."""
