"""Contracts: what was agreed, which machines it covers, what is left of it, what is maintained when."""
