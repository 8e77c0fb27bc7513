"""Why somebody is called, in both languages."""

from __future__ import annotations

from bihuan.apps.tickets.doors.models import Ladder


def why_called(ladder: Ladder) -> dict[str, str]:
    """What happened while the desk was closed, and that nobody has it in hand."""
    machine = ladder.of_machine
    if machine is not None:
        where = f"{machine.asset} · {machine.asset.customer.called}"
        return {
            "zh": f"下班时间设备报警，还没有人确认：{machine.title['zh']} · {where}",
            "en": f"A machine raised an alarm outside working hours, nobody has acknowledged it yet: {machine.title['en']} · {where}",
        }
    title = ladder.about[1]
    if ladder.entry_id is None and ladder.hurts:
        return {
            "zh": f"下班时间收到报修，涉及人身安全，还没有人受理：{title}",
            "en": f"Reported outside the opening hours, people are in danger, nobody has taken it yet: {title}",
        }
    if ladder.entry_id is None:
        return {
            "zh": f"下班时间收到报修，还没有人受理：{title}",
            "en": f"Reported outside the opening hours, nobody has taken it yet: {title}",
        }
    if ladder.hurts:
        return {
            "zh": f"下班时间客户来消息，涉及人身安全：{title}",
            "en": f"The customer wrote outside the opening hours, people are in danger: {title}",
        }
    return {
        "zh": f"下班时间客户来消息，情况紧急：{title}",
        "en": f"The customer wrote outside the opening hours, it is urgent: {title}",
    }
