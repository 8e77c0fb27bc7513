"""The demo companies: makers who live a year through the product's own actions, each under its pack."""

from __future__ import annotations

from bihuan.config.demo.life import live
from bihuan.config.demo.notebook import lives_here
from bihuan.config.demo.welcome import welcome

__all__ = ["live", "lives_here", "welcome"]
