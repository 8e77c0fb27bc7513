"""Only the base's own routes: these pages must work whatever apps are installed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import include, path

from bihuan.base.access.policy import public

FRAGMENT = """<h2>延期</h2><form method="post" novalidate>{% csrf_token %}
{% include "ui/parts/form.html" with submit="存下" %}</form>"""


class ReasonForm(forms.Form):
    why = forms.CharField(label="原因")


@public("a test")
def fragment(request: HttpRequest) -> HttpResponse:
    """A fragment with a form, as screens open them in a drawer."""
    posted = request.method == "POST"
    form = ReasonForm(request.POST if posted else None)
    if posted and form.is_valid():
        messages.success(request, "延期了。")
        return redirect("ui:gallery")
    page = engines["django"].from_string(FRAGMENT).render({"form": form}, request)
    return HttpResponse(page, status=422 if posted else 200)


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("fragment/", fragment),
    path("", include("bihuan.base.ui.urls")),
    path("", include("bihuan.base.search.urls")),
]
handler404 = "bihuan.base.ui.views.not_found"
