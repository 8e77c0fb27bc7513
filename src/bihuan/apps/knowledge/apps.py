"""What the company knows: articles, similar cases, synonyms."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.registry import App, MenuItem


class KnowledgeConfig(App):
    name = "bihuan.apps.knowledge"
    label = "knowledge"
    title = _("知识库")
    menu = (
        MenuItem(_("知识库"), "knowledge:list", "book", "knowledge.see", "assets", 60, "queries.to_publish", plain=True),
    )  # fmt: skip
    fulfils = {
        "knowledge.update": "knowledge:update_of",
        "knowledge.review": "knowledge:review_of",
    }
    services = {
        "knowledge.from_case": "actions.from_case",
        "knowledge.put_case": "actions.put_case",
        "knowledge.self_solved": "public.self_solved",
        "words.otherwise": "search.otherwise",
    }
    holdings = "queries.holdings"
    transfer = "actions.articles.transfer"
    files = ("queries.sees_file",)
    api = "api.router"
    ticks = ("reminding.remind",)
    ledgers = ("ledgers.SYNONYMS",)
    searches = ("search.entries",)
    canaries = "tests.factories.canaries"
    search_kinds = {"article": (_("知识"), "book"), "ZS": (_("知识"), "book")}
    numbered = {"ZS": "search.by_number"}
