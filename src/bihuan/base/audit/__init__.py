"""The append-only log of deeds: `from bihuan.base.audit.actions import log`."""
