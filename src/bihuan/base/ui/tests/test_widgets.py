"""Long lists are drawn in one call, and yet as Django itself would draw them."""

from __future__ import annotations

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html
from django.utils.safestring import mark_safe

NASTY = "<script>alert(\"1\")</script> & '名'"
CHOICES = [
    ("", "——"), ('a"b', NASTY), (3, mark_safe("<b>3</b>")), (None, "没有"),
    (NASTY, [("x", "甲"), ("y", NASTY)]),
]  # fmt: skip


@pytest.mark.parametrize(
    "widget",
    [
        forms.Select(choices=CHOICES, attrs={"class": NASTY, "disabled": True}),
        forms.SelectMultiple(choices=CHOICES),
        forms.CheckboxSelectMultiple(choices=CHOICES),
        forms.CheckboxSelectMultiple(choices=CHOICES, attrs={"id": "id_q", "class": "wide"}),
        forms.RadioSelect(choices=CHOICES, attrs={"id": "id_q", "data-n": NASTY}),
    ],
)
@pytest.mark.parametrize("value", [None, ['a"b', "3", "y"]])
def test_as_django_draws_them(widget, value):
    if value and not widget.allow_multiple_selected:
        value = value[0]
    ours = widget.render("q", value)
    own = widget.render("q", value, renderer=DjangoTemplates())
    assert parse_html(ours) == parse_html(own)
    assert "<script>" not in ours
    assert "<b>3</b>" in ours
