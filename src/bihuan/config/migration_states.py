"""Migrating a new database without building every model class hundreds of times.

While it migrates, Django keeps the models as classes. When a table or an index is added, it builds
all classes anew that are related to it, and by way of the accounts nearly all are: nine tenths of
the time of a first start. The statements need the class of the one table only. What Python code of
a migration is given is built whole and afresh, as Django does it whenever a state is `is_delayed`.
"""

from __future__ import annotations

from typing import Any

from django.db.migrations.state import ModelState, ProjectState


def build_only_what_is_new() -> None:
    """From now on this process migrates so."""
    assert hasattr(ProjectState, "_append_option"), "Django names it otherwise now"
    ProjectState.add_model = _add_model  # type: ignore[method-assign]
    ProjectState._append_option = _append_option  # noqa: SLF001


def _add_model(self: ProjectState, model_state: ModelState) -> None:
    key = model_state.app_label, model_state.name_lower
    self.models[key] = model_state
    if self._relations is not None:  # type: ignore[attr-defined]
        self.resolve_model_relations(key)
    if "apps" in self.__dict__:
        self.apps.render_multiple([model_state])
        self.is_delayed = True


def _append_option(
    self: ProjectState, app_label: str, model_name: str, option_name: str, obj: Any
) -> None:
    model_state = self.models[app_label, model_name]
    model_state.options[option_name] = [*model_state.options[option_name], obj]
    if "apps" in self.__dict__:
        options = self.apps.get_model(app_label, model_name)._meta
        setattr(options, option_name, list(model_state.options[option_name]))
