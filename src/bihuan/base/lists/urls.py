from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.lists import live, views

app_name = "lists"
urlpatterns: list[URLPattern] = [
    path("lists/<str:key>/views/", views.arrange, name="views"),
    path("lists/<str:key>/views/new/", views.keep, name="keep"),
    path("lists/views/<int:pk>/", views.change, name="change"),
    path("lists/views/<int:pk>/rewrite/", views.rewrite, name="rewrite"),
    path("lists/views/<int:pk>/remove/", views.remove, name="remove"),
    path("lists/<str:key>/do/<str:deed>/", views.start, name="start"),
    path("lists/batches/<uuid:uid>/", views.batch, name="batch"),
    path("lists/batches/<uuid:uid>/undo/", views.undo, name="undo"),
    path("live/", live.live, name="live"),
]
