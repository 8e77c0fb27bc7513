"""Customers: who they are, who decides, what they are worth and what was promised to whom."""
