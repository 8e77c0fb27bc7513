from __future__ import annotations

from django.urls import URLPattern, path

from bihuan.base.access import views

app_name = "access"
urlpatterns: list[URLPattern] = [
    path("users/", views.users, name="users"),
    path("users/new/", views.user_new, name="user_new"),
    path("users/<int:pk>/", views.user, name="user"),
    path("users/<int:pk>/edit/", views.user_edit, name="user_edit"),
    path("users/<int:pk>/link/", views.user_link, name="user_link"),
    path("users/<int:pk>/tokens/new/", views.token_new, name="token_new"),
    path("users/<int:pk>/<slug:deed>/", views.user_deed, name="user_deed"),
    path("users/tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("welcome/<str:token>/", views.link, name="link"),
    path("me/", views.profile, name="profile"),
]
