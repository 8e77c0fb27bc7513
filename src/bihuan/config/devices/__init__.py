"""Simulated machines that report like real ones, for the demo, load and tests."""
