"""What machines refuse, by name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class OutOfReach(Refusal):
    """The written row would be beyond the writer's own reach."""

    code = "asset_out_of_reach"
    message = _("这样存，您自己就看不到这台设备了。请由负责这家客户的人来做。")
    status = 403


class WrongStage(Refusal):
    """A stage that may not come after the present one."""

    code = "asset_wrong_stage"
    message = _("现在是“%(now)s”，不能直接变成“%(then)s”。可以变成：%(next)s。")


class StageNeeds(Refusal):
    """The next stage needs something that has not been given."""

    code = "asset_stage_needs"
    message = _("还不能变成“%(then)s”：%(missing)s。")


class MeterBack(Refusal):
    """A counter cannot show less than before."""

    code = "meter_back"
    message = _("%(point)s 读数 %(value)s 小于 %(day)s 的 %(before)s。换过表请先登记换表。")


class MeterAhead(Refusal):
    """An older reading cannot show more than a later one."""

    code = "meter_ahead"
    message = _("%(point)s 读数 %(value)s 大于 %(day)s 的 %(after)s。请核对日期和读数。")


class PositionTaken(Refusal):
    code = "part_position_taken"
    message = _("位置 %(position)s 上已经装着 %(part)s。请用更换，或先拆下旧件。")


class PartElsewhere(Refusal):
    code = "part_elsewhere"
    message = _("序号 %(serial)s 的部件还装在 %(asset)s 上。请先在那台拆下。")


class PartOverLife(Refusal):
    """A part beyond its limit must not be fitted."""

    code = "part_over_life"
    message = _("部件 %(part)s 已到寿命，不能再装。")


class HasParts(Refusal):
    code = "part_has_children"
    message = _("它里面还装着 %(parts)s，请先拆下或一起更换。")


class SerialTaken(Refusal):
    code = "asset_serial_taken"
    message = _("型号 %(model)s 的出厂编号 %(serial)s 已经建档。")
