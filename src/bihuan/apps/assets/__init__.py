"""Machines: what they are, where they stand, whose they are, what is in them and what they were."""
