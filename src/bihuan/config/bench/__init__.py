"""Measures of the whole installation; each file is one, with `run() -> dict`."""
