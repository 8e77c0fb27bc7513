from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from bihuan.base.api.site import api
from bihuan.base.api.views import docs

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/docs", docs, name="api_docs"),
    path("api/", api.urls),
]
