"""Variables of templates, resolved by the short way where there is one.

Django asks every thing first for a key and raises an error inside, then for the attribute, and
makes a lazy text of each word only to read it at once. A page has fifteen hundred of both. What has
a way of its own (a method to be called, a position in a list, a missing name) is left to Django. So is
what is resolved while a template is read: a word kept from then is a lazy text, for its readers
have different languages.
"""

from __future__ import annotations

from html import escape
from typing import Any

from django.template.base import Variable, VariableNode, render_value_in_context
from django.template.context import BaseContext
from django.templatetags.i18n import TranslateNode
from django.utils.safestring import SafeData, SafeString
from django.utils.translation import get_language, gettext, pgettext

_MISSING = object()
_djangos = Variable.resolve
_djangos_node = VariableNode.render
_djangos_translate = TranslateNode.render
_keyed: dict[type, bool] = {}
"""Whether things of a class are asked for a key first (`[name]`)."""


def resolve(self: Variable, context: Any) -> Any:
    """The value of a variable, as `Variable.resolve` gives it; a word already as text, but for one
    that is resolved while its template is compiled (without a context): whoever reads it next may
    speak another language.
    """
    names = self.lookups
    if names is None and not self.translate:
        return self.literal
    if names is None and isinstance(context, BaseContext):  # else Django reads the template
        return _said(self)
    found = _MISSING if names is None or self.translate else _followed(context, names)
    return _djangos(self, context) if found is _MISSING else found


def _said(self: Variable) -> str:
    literal: Any = self.literal
    message = literal.replace("%", "%%")
    if isinstance(literal, SafeData):
        message = SafeString(message)
    if self.message_context:
        return pgettext(self.message_context, message)
    return gettext(message)


def _followed(context: Any, names: tuple[str, ...]) -> Any:
    """What the names lead to by keys and plain attributes; `_MISSING` where more is to be tried."""
    current = context
    for name in names:
        kind = type(current)
        try:
            if kind is dict or isinstance(current, BaseContext):
                current = current[name]
            elif _has_keys(kind):
                return _MISSING
            else:
                current = getattr(current, name)
        except Exception:  # noqa: BLE001 - Django meets it again and knows what to say
            return _MISSING
        if callable(current):
            return _MISSING
    return current


def _has_keys(kind: type) -> bool:
    found = _keyed.get(kind)
    if found is None:
        found = _keyed[kind] = hasattr(kind, "__getitem__")
    return found


def translated(self: Any, context: Any) -> Any:
    """What stands for `{% translate "…" %}`: a text of the template itself is looked up and escaped
    once for each language.
    """
    text, about = self.filter_expression, self.message_context
    if text.var.lookups is not None or text.filters or (about is not None and about.is_var):
        return _djangos_translate(self, context)
    kept: dict[str | None, Any] = vars(self).setdefault("bihuan_said", {})
    language = get_language()
    if language not in kept:
        drawn = _djangos_translate(self, context)
        kept[language] = context[self.asvar] if self.asvar else drawn
    if not self.asvar:
        return kept[language]
    context[self.asvar] = kept[language]
    return ""


def shown(self: VariableNode, context: Any) -> Any:
    """What stands for `{{ … }}`, as `VariableNode.render` gives it: a text needs no zone, no format
    and no question what it is.
    """
    try:
        value = self.filter_expression.resolve(context)
    except UnicodeDecodeError:  # as Django does
        return ""
    kind = type(value)
    if kind is SafeString or (kind is str and not context.autoescape):
        return value
    return SafeString(escape(value)) if kind is str else render_value_in_context(value, context)


def install() -> None:
    """Let every template resolve so."""
    vars_of: Any = Variable
    vars_of.resolve = resolve
    node: Any = VariableNode
    node.render = shown
    word: Any = TranslateNode
    word.render = translated
