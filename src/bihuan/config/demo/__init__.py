"""The demo company: a maker of centrifuges that lives a year through the product's own actions."""

from __future__ import annotations

from bihuan.config.demo.life import live
from bihuan.config.demo.welcome import welcome

__all__ = ["live", "welcome"]
