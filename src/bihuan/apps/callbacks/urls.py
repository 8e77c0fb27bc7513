"""Addresses of calls and visits."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.callbacks.views import campaigns, desk, plans, problems, quality, visits

app_name = "callbacks"
urlpatterns = [
    path("callbacks/", desk.desk_page, name="desk"),
    path("callbacks/log/", desk.log, name="log"),
    path("callbacks/<int:pk>/", desk.detail, name="detail"),
    path("callbacks/<int:pk>/take-back/<int:obligation>/", desk.take_back, name="take_back"),
    path("callbacks/for/<int:pk>/", desk.call, name="call"),
    path("callback-plan/", plans.plan_page, name="plan"),
    path("callback-plan/<int:pk>/shift/", plans.shift, name="shift"),
    path("callback-plan/for/<int:pk>/", plans.plan_of, name="plan_of"),
    path("callbacks/campaigns/", campaigns.campaigns, name="campaigns"),
    path("callbacks/campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path("callbacks/campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("callbacks/campaigns/for/<int:pk>/", campaigns.campaign_of, name="campaign_of"),
    path("callbacks/brief/<int:pk>/", plans.brief, name="brief"),
    path("callbacks/news/<int:pk>/", plans.news, name="news"),
    path("callbacks/news/for/<int:pk>/", plans.news_of, name="news_of"),
    path("callbacks/samples/", quality.samples, name="samples"),
    path("callbacks/samples/<int:pk>/", quality.sample, name="sample"),
    path("callbacks/samples/for/<int:pk>/", quality.sample_of, name="sample_of"),
    path("callbacks/scripts/", quality.script_list, name="scripts"),
    path("callbacks/scripts/<int:pk>/", quality.script, name="script"),
    path("callbacks/customer/<int:pk>/", plans.customer_tab, name="customer"),
    path("callbacks/customer/<int:pk>/year/", plans.customer_year, name="customer_year"),
    path("problems/", problems.listing, name="problems"),
    path("problems/new/", problems.new, name="problem_new"),
    path("problems/<int:pk>/", problems.problem, name="problem"),
    path("problems/for/<int:pk>/", problems.problem_of, name="problem_of"),
    path("promises/", problems.promises, name="promises"),
    path("promises/<int:pk>/", problems.promise, name="promise"),
    path("promises/for/<int:pk>/", problems.promise_of, name="promise_of"),
    path("visits/", visits.listing, name="visits"),
    path("visits/new/", visits.new, name="visit_new"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/for/<int:pk>/", visits.visit_of, name="visit_of"),
    path("visits/minutes/for/<int:pk>/", visits.minutes_of, name="minutes_of"),
    path("visits/scan/<str:token>/", visits.scanned, name="scanned"),
    path("visits/scan/<str:token>/check-in/", visits.scan, name="scan"),
    path("visits/code/<str:token>/", visits.code, name="visit_code"),
]
