from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.notify import views

app_name = "notify"
urlpatterns: list[URLPattern] = [
    path("notices/", views.notices, name="list"),
    path("notices/bell/", views.bell, name="bell"),
    path("notices/read/", views.read_all, name="read_all"),
    path("notices/<int:pk>/open/", views.open_notice, name="open"),
    path("me/notices/", views.preferences, name="preferences"),
    path("system/webhooks/", views.webhooks, name="webhooks"),
    path("system/webhooks/<int:pk>/toggle/", views.webhook_toggle, name="webhook_toggle"),
    path("system/deliveries/<int:pk>/again/", views.again, name="again"),
]
