"""The forms of customers."""
