"""Form fields as the house draws them: label above, red star, helper, error below."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws forms with the templates of this app."""

    form_template_name = "django/forms/div.html"
    field_template_name = "django/forms/field.html"
