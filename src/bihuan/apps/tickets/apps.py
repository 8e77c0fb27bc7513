"""The service desk: every report is a ticket, its clocks are obligations, the customer ends it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, Command, Link, MenuItem, Panel, Reach, Watched

TICKETS = Reach(
    own=(
        "owner_id", "first_owner_id", "engineer_id", "helpers__id", "customer__account_manager_id",
        "customer__exec_sponsor_id", "customer__dedicated_engineer_id",
    ),
    team=("customer__service_team_id",),
    region=("customer__region",),
    dealer=("customer__dealer_id", "customer_id"),
    customer=("customer_id",),
)  # fmt: skip

_OF_TICKET = TICKETS.via("ticket")
# Whoever was given it, and the people of its queue: without the ticket itself.
HANDOVER = Reach(
    own=("to_id", "accepted_by_id", "by_id", "queue__members__id", *_OF_TICKET.own), team=_OF_TICKET.team,
    region=_OF_TICKET.region, dealer=_OF_TICKET.dealer, customer=_OF_TICKET.customer,
)  # fmt: skip


class TicketsConfig(App):
    name = "bihuan.apps.tickets"
    label = "tickets"
    title = _("服务台")
    menu = (
        MenuItem(_("受理台"), "tickets:new", "headset", "tickets.calls_own", "desk", 10),
        MenuItem(pgettext_lazy("many", "工单"), "tickets:queue", "ticket", "tickets.see", "desk", 20, "queries.lists.new_in_sight", plain=True),
        MenuItem(_("收件箱"), "tickets:inbox", "inbox", "tickets.inbox", "desk", 21, "doors.views.inbox.waiting", plain=True, rare=True, often="tickets.calls_own"),
        MenuItem(_("技术协助"), "tickets:technical", "transfer", "tickets.answer", "desk", 25, "lines.queries.handed_waiting"),
        MenuItem(_("共性问题"), "tickets:problems", "affiliate", "tickets.problems", "desk", 26, "problems.queries.live", plain=True, rare=True),
        MenuItem(_("账期申请"), "tickets:terms", "coin", "tickets.decide_term", "desk", 27, "lines.queries.terms_waiting", rare=True),
        MenuItem(_("优先排产"), "tickets:slots", "building-factory-2", "tickets.decide_slot", "desk", 28, "lines.queries.slots_waiting", rare=True),
        MenuItem(_("三线"), "tickets:lines", "route", "tickets.manage", "manage", 923, rare=True),
        MenuItem(_("我的来电"), "tickets:calls", "phone", "tickets.calls_own", "desk", 22, rare=True),
        MenuItem(_("值班"), "tickets:on_call", "moon", "tickets.on_call", "desk", 23, rare=True),
        MenuItem(_("纸质单"), "tickets:paper", "printer", "tickets.paper", "desk", 24, rare=True),
        MenuItem(_("服务台数据"), "tickets:figures", "chart-bar", "tickets.see", "desk", 30, rare=True),
        MenuItem(_("本可不上门"), "tickets:spared", "bulb", "tickets.see", "desk", 31, rare=True, often="knowledge.publish"),
        MenuItem(_("服务台设置"), "tickets:labels", "adjustments-horizontal", "tickets.settings", "manage", 924, rare=True),
        MenuItem(_("渠道"), "tickets:ways", "mail", "tickets.channels", "manage", 925, rare=True),
    )  # fmt: skip
    commands = (
        Command(_("关闭前核对"), "tickets:checks", "tickets.settings", "checklist"),
        Command(_("常用语"), "tickets:phrases", "tickets.settings", "message-2"),
        Command(_("接入企业微信应用"), "tickets:new_wecom", "tickets.channels", "webhook"),
        Command(_("新邮箱"), "tickets:new_mailbox", "tickets.channels", "mail"),
    )
    listeners = {
        "tickets": "handlers.on_facts",
        "tickets.lessons": "lessons.telling.on_facts",
        "tickets.alarms": "doors.alarms.on_facts",
    }
    fulfils = dict.fromkeys(
        (
            "response.phone", "response.attend", "response.answer", "response.acknowledge", "response.start",
            "ticket.restore", "ticket.feedback", "ticket.investigate", "dispatch.assign", "consultation.triage",
            "repair.propose", "service.deliver",
        ),
        "tickets:of_duty",
    ) | {
        "line.take_over": "tickets:line_duty", "line.answer": "tickets:line_duty",
        "credit_term.decide": "tickets:ask_duty", "slot.decide": "tickets:ask_duty",
    }  # fmt: skip
    only_there = (
        "queries.duties.of_tickets",
        "queries.duties.of_handovers",
        "queries.duties.of_asks",
    )
    services = {
        "ticket.open_of": "queries.lists.open_of",
        "on_call.people": "doors.paging.on_call",
    }
    links = {"ticket.new": Link("tickets:new", "tickets.do")}
    panels = {
        "customer.tabs": (Panel(pgettext_lazy("many", "工单"), "tickets:customer", "tickets.see", 15, "queries.lists.of_customer"),),
        "ticket.side": (
            Panel(_("知识与相似案例"), "tickets:lessons", "tickets.see", 10),
            Panel(_("三线与共性问题"), "tickets:lines_side", "tickets.see", 20),
        ),
        "asset.tabs": (Panel(pgettext_lazy("many", "工单"), "tickets:asset", "tickets.see", 15, "queries.lists.of_asset"),),
    }  # fmt: skip
    timeline = {
        "fault.reported": "tickets/timeline/ticket.html",
        "ticket.": "tickets/timeline/ticket.html",
        "consultation.": "tickets/timeline/ticket.html",
        "service.requested": "tickets/timeline/ticket.html",
    }
    searches = ("search.entries",)
    numbered = {"WX": "search.by_number"}
    search_kinds = {
        "WX": (pgettext_lazy("many", "工单"), "ticket"),
        "ticket": (pgettext_lazy("many", "工单"), "ticket"),
    }
    reach = {
        "Ticket": TICKETS,
        "Entry": TICKETS.via("ticket"),
        "Tick": TICKETS.via("ticket"),
        "Handover": HANDOVER,
        "Ask": TICKETS.via("ticket"),
    }
    holdings = "queries.lists.holdings"
    transfer = "actions.around.transfer"
    files = ("queries.page.sees_file", "lines.queries.sees_file", "doors.views.inbox.sees_file")
    api = "api.router"
    ticks = (
        "tasks.plan_reading", "tasks.resume_agreed", "doors.calls.attach_new", "doors.paging.raise_alarms", "doors.paging.climb",
        "doors.reaching.watch",
    )  # fmt: skip
    ledgers = ("doors.paper.PAPERS",)
    lists = ("lists.LIST",)
    stamps = {"Ticket": Watched("tickets.see", "queries.stamps.stamps")}
    canaries = "tests.factories.canaries"
    deeds = {
        "ticket.reported_at": _("更正报修时间"),
        "tickets.call_attached": _("来电归入工单"),
        "tickets.extension": _("设置分机"),
        "tickets.hook_added": _("添加来单回调"),
        "tickets.hook_toggled": _("启用或停用来单回调"),
        "tickets.hook_refused": _("来单回调被拒"),
        "tickets.envelope_decided": _("处理收件箱"),
        "tickets.mail_refused": _("邮件被拒"),
        "tickets.mailbox_saved": _("设置收件邮箱"),
        "tickets.mailbox_tested": _("测试收件邮箱"),
        "tickets.on_call": _("安排值班"),
        "tickets.on_call_ended": _("结束值班"),
        "tickets.nobody_on_call": _("呼叫时无人值班"),
        "tickets.paper_printed": _("打印纸质报修单"),
        "tickets.wecom_added": _("添加企业微信入口"),
        "tickets.wecom_toggled": _("启用或停用企业微信入口"),
        "tickets.wecom_refused": _("企业微信消息被拒"),
        "tickets.queue": _("设置工单队列"),
        "tickets.route": _("设置派单路线"),
        "tickets.route_dropped": _("删除派单路线"),
        "tickets.check_item": _("修改检查项"),
        "tickets.phrase": _("修改常用语"),
        "tickets.label": _("修改标签"),
        "tickets.problem": _("登记共性问题"),
        "tickets.problem_known": _("共性问题已查明"),
        "tickets.problem_ended": _("结束共性问题"),
        "tickets.problem_reopened": _("重开共性问题"),
    }
