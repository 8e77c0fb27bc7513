"""Words of made-up reports: what stops, how, and what else is said of it."""

from __future__ import annotations

from functools import cache
from itertools import product

PARTS = (
    "主轴承", "液力端", "曲轴箱", "隔膜组件", "进口单向阀", "出口单向阀", "减速机", "联轴器", "机械密封", "润滑油泵",
    "冷却水管", "变频器", "主电机", "压力变送器", "温度传感器", "控制柜", "触摸屏", "安全阀", "蓄能器", "十字头",
    "柱塞", "填料函", "泵头螺栓", "皮带轮", "底座", "过滤器", "液压油缸", "补油阀", "排气阀", "行程调节机构",
)  # fmt: skip
SYMPTOMS = (
    "异响", "振动大", "漏油", "渗水", "温度偏高", "压力不稳", "流量不足", "无法启动", "频繁跳闸", "报警停机",
    "卡滞", "断裂", "磨损严重", "信号丢失", "显示乱码", "转速上不去", "密封失效", "松动", "结垢堵塞", "反应迟缓",
)  # fmt: skip
SAID = (
    "早班开机后不久就出现，停机再启还是一样，", "昨天夜里开始的，班组先降了负荷维持生产，", "上个月换过一次配件，最近又出现同样情况，",
    "现场测过电流和绝缘都正常，", "介质是含固浆料，浓度比平时高一些，", "巡检时听到声音不对，拆开看有明显划痕，",
    "操作工说按说明书复位过三次都不行，", "同一条线上另一台没有这个问题，", "设备刚过质保，想问一下费用怎么算，",
    "生产计划很紧，希望今天能给个说法，", "已经拍了照片和视频发到邮箱，", "更换滤芯之后好了半天，下午又来了，",
)  # fmt: skip
PLACES = ("一车间三号线", "二车间东侧", "泵房", "污水站", "压滤工段", "罐区", "中试楼", "热力站")


@cache
def lines() -> tuple[tuple[str, str, str], ...]:
    """Titles, bodies and second halves of bodies."""
    return tuple(
        (
            f"{part}{symptom}，编号",
            f"{PLACES[n % len(PLACES)]}的{part}{symptom}，{SAID[n % len(SAID)]}{SAID[n * 7 % 11]}",
            f"另外{PARTS[n * 11 % len(PARTS)]}也有点{SYMPTOMS[n * 13 % len(SYMPTOMS)]}，请一并看看。批次",
        )
        for n, (part, symptom) in enumerate(product(PARTS, SYMPTOMS))
    )  # fmt: skip


def found_by() -> list[tuple[str, str, str]]:
    """What the search looks at for each of them, as the index writes it."""
    from bihuan.base.search.actions import Entry, _row

    def of(title: str, *words: str) -> str:
        return _row(
            Entry(kind="", thing_id=0, title=title, url="", needs="", words=words)
        ).hay.strip()

    return [(of(title), of("", text), of("", more)) for title, text, more in lines()]
