"""Bihuan: a company's regulation, run."""

from __future__ import annotations

__version__ = "0.1.0"
