"""Changing a regulation: a draft is written, tried, sent for approval, approved."""
