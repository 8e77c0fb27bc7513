from __future__ import annotations

from django.urls import path

from bihuan.apps.people import views

app_name = "people"
urlpatterns = [
    path("people/", views.staff, name="staff"),
    path("people/regions/new/", views.region, name="region"),
    path("people/teams/new/", views.team, name="team"),
    path("people/capacity/", views.capacity, name="capacity"),
    path("people/capacity/<int:pk>/remove/", views.remove_capacity, name="remove_capacity"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/posts/", views.appoint, name="appoint"),
    path("people/<int:pk>/posts/<int:post_pk>/end/", views.end_post, name="end_post"),
    path("people/<int:pk>/leaves/", views.leave, name="leave"),
    path("people/<int:pk>/leaves/<int:leave>/end/", views.end_leave, name="end_leave"),
    path("calendars/", views.calendar, name="calendars"),
    path("calendars/new/", views.layer, name="layer"),
    path("calendars/<str:code>/", views.calendar, name="calendar"),
    path("calendars/<str:code>/change/", views.change, name="change_calendar"),
    path("calendars/<str:code>/notice/", views.notice, name="notice"),
]
