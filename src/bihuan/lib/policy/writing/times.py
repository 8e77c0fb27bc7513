"""Limits and cadences as prose writes them, as the pack language writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bihuan.lib.policy.limits import PERIOD_WORDS, steps_of
from bihuan.lib.policy.writing.numerals import CN, whole
from bihuan.lib.workcal.duration import Duration
from bihuan.lib.workcal.errors import WorkcalError

WITHIN, BEFORE, EVERY, WINDOW, ALWAYS, VAGUE_LIMIT, VAGUE_CADENCE, FOREIGN = (
    "within", "before", "every", "in", "calendar", "vague limit", "vague cadence", "foreign",
)  # fmt: skip


@dataclass(frozen=True)
class Time:
    """A time that stands in a text: its kind, how the pack language writes it, where it stands."""

    kind: str
    value: str
    start: int
    end: int


_N = rf"(?P<n>\d{{1,4}}|[{CN}]{{1,5}}|半)"
_UNIT = r"(?P<u>个?工作日|个?工作小时|个?自然日|个?小时|[hH](?![a-zA-Z])|min(?![a-z])|个?钟头|分钟|天|日(?!常)|个?星期|个?礼拜|周(?!年)|个?月|个?季度|年)"
_UNITS = {
    "工作日": "wd", "工作小时": "wh", "h": "h", "H": "h", "min": "min", "自然日": "d", "小时": "h", "钟头": "h", "分钟": "min", "天": "d",
    "日": "d", "星期": "w", "礼拜": "w", "周": "w", "月": "mo", "季度": "q", "年": "y",
}  # fmt: skip
_PERIODS = {
    "周": "week", "星期": "week", "月": "month", "月度": "month", "季": "quarter", "季度": "quarter",
    "半年": "half", "半年度": "half", "年": "year", "年度": "year", "week": "week", "month": "month",
    "quarter": "quarter", "half-year": "half", "half year": "half", "year": "year", "weekly": "week", "monthly": "month",
    "quarterly": "quarter", "half-yearly": "half", "yearly": "year", "annually": "year", "annual": "year",
}  # fmt: skip
_TURNS = ("week", "month", "quarter", "half", "year")
_PER_YEAR = {"month": 12, "quarter": 4, "half": 2, "year": 1}
_NOUNS = (
    "例会|会议|联席会|专题会|评审会|改进评审会|报告|报表|简报|常规|回访|走访|拜访|远程|高层|现场|巡检|体检|设备健康体检|培训"
    "|评审|审计|演练|通报|调查|满意度|总结|盘点|考核|计划|检查|抽查|答谢|上门"
)
_EN_NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "ten": 10,
}
_EN_UNITS = {"minute": "min", "hour": "h", "day": "d", "week": "w", "month": "mo", "year": "y"}


def find_times(text: str) -> list[Time]:
    """Every time in the order of the text; a longer reading beats a shorter one inside it."""
    found: list[Time] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            made = read(match)
            if made is not None and not any(
                made.start < other.end and other.start < made.end for other in found
            ):
                found.append(made)
    return sorted(found, key=lambda time: time.start)


def _limit(match: re.Match[str]) -> Time | None:
    value = _length(match["n"], match["u"].removeprefix("个"))
    return Time(WITHIN, value, match.start(), match.end()) if value else None


def _before(match: re.Match[str]) -> Time | None:
    value = _length(match["n"], match["u"].removeprefix("个"))
    return Time(BEFORE, f"{value} before", match.start(), match.end()) if value else None


_TOMORROW = {"次日": "1d", "第二天": "1d", "隔天": "1d", "当天": "end of day", "当日": "end of day"}


def _clock(match: re.Match[str]) -> Time | None:
    """``次日12点前``, ``下一工作日上午10:30前``, ``当日18时前``: a day and a time of it."""
    day = _TOMORROW.get(match["d"], "1wd")
    hours = 12 if match["noon"] else whole(match["h"])
    if hours is None:
        return None
    if match["p"] in ("下午", "晚上", "晚") and hours < 12:
        hours += 12
    minutes = 30 if match["half"] else int(match["m"] or 0)
    value = _kept(f"{day} {hours}:{minutes:02}")
    return Time(WITHIN, value, match.start(), match.end()) if value else None


def _length(amount: str, unit: str) -> str:
    code = _UNITS[unit]
    if amount == "半":
        return {"h": "30min", "d": "12h", "y": "6mo", "mo": "15d"}.get(code, "")
    number = whole(amount)
    if not number:
        return ""
    return _kept(f"{number * 3}mo" if code == "q" else f"{number}{code}")


def _kept(limit: str) -> str:
    """The limit, where it is one: nobody means 121 months."""
    try:
        return str(Duration.parse(limit))
    except WorkcalError:
        return ""


def _every(match: re.Match[str]) -> Time | None:
    period = _PERIODS[match["p"].lower()]
    times = whole(match["t"]) if match["t"] else 1
    if times and times > 1:
        found = _oftener(period, times)
        if not found:
            return Time(FOREIGN, match[0].strip(), match.start(), match.end())
        period = found
    return Time(EVERY, period, match.start(), match.end())


def _oftener(period: str, times: int) -> str:
    """``每年两次`` is every half-year; what has no period of its own is none."""
    if period not in _PER_YEAR:
        return ""
    year = _PER_YEAR[period] * times
    return next((each for each, count in _PER_YEAR.items() if count == year), "")


def _once(match: re.Match[str]) -> Time | None:
    """``半年一次``, ``一年两次``, ``两个月一次``."""
    amount, unit = match["n"], match["u"].removeprefix("个")
    times = whole(match["t"]) or 1
    if amount == "半":
        period = "half" if unit == "年" else ""
    else:
        period = _several(whole(amount) or 0, _PERIODS[unit])
    period = period if times == 1 else _oftener(period, times)
    open_ = match.string[match.start() - 1 : match.start()] in ("或", "至")  # 半年或一年一次
    kind = EVERY if period and not open_ else FOREIGN
    return Time(kind, period if kind == EVERY else match[0], match.start(), match.end())


_WHOLE = {("month", 3): "quarter", ("month", 6): "half", ("month", 12): "year",
          ("quarter", 2): "half", ("quarter", 4): "year"}  # fmt: skip


def _several(count: int, period: str) -> str:
    """So many periods together: one that has a name of its own, or ``2 weeks``; "" where the
    language has no such run. From which day they are counted no sentence says: the pack does.
    """
    if count == 1:
        return period
    run = _WHOLE.get((period, count), f"{count} {period}s")
    return run if run in PERIOD_WORDS or steps_of(run) is not None else ""


def _nth(match: re.Match[str]) -> Time | None:
    """``每两周``, ``每三年``, ``双周``, ``every two weeks``; days are no period of the language."""
    said = match["n"].lower()
    count = 2 if said in ("双", "other") else _EN_NUMBERS.get(said) or whole(said) or 0
    period = _PERIODS.get(match["u"].lower().rstrip("s"), "")
    if count == 1:
        return None
    once = not match["t"] or whole(match["t"]) == 1
    value = _several(count, period) if period and count and once else ""
    return Time(EVERY if value else FOREIGN, value or match[0], match.start(), match.end())


def _fixed(kind: str, value: str) -> Callable[[re.Match[str]], Time | None]:
    return lambda match: Time(kind, value, match.start(), match.end())


def _window(match: re.Match[str]) -> Time | None:
    which = "last" if match["w"] in ("最后一", "末") else "first"
    return Time(WINDOW, f"{which} week of {_PERIODS[match['p']]}", match.start(), match.end())


def _english_limit(match: re.Match[str]) -> Time | None:
    said = match["n"].lower()
    number = int(said) if said.isdigit() else _EN_NUMBERS[said]
    unit = _EN_UNITS[match["u"].lower().rstrip("s")]
    if match["w"] and unit in ("d", "h", "min"):
        unit = f"w{unit}"
    return Time(WITHIN, f"{number}{unit}", match.start(), match.end())


def _english_window(match: re.Match[str]) -> Time | None:
    value = f"{match['w'].lower()} week of {match['p'].lower()}"
    return Time(WINDOW, value, match.start(), match.end())


_P = r"(?P<p>周|星期|月|季度|季|半年|年)"
_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Time | None]], ...] = (
    (re.compile(r"7\s*[×xX*]\s*24(?:\s*小时)?|24\s*(?:小时)?\s*[/×xX*]\s*7(?:\s*[天日])?|全天候|昼夜|任何时刻|around the clock"),
     _fixed(ALWAYS, "24x7")),
    (re.compile(rf"每{_P}(?:度)?的?(?P<w>最后一|第一|首|末)(?:个)?(?:周|星期)"), _window),
    (re.compile(r"(?P<w>first|last) week of (?:the |each |every )?(?P<p>month|quarter|year)", re.IGNORECASE), _english_window),
    (re.compile(rf"(?:至少)?提前\s*{_N}\s*{_UNIT}"), _before),
    (re.compile(rf"(?<=前)\s*{_N}\s*{_UNIT}(?!内|之内|以内)"), _before),
    (re.compile(rf"{_N}\s*{_UNIT}(?:之前|以前|前)(?!后)"), _before),
    (re.compile(rf"(?:不超过|不得超过|不迟于|最长|最迟)\s*{_N}\s*{_UNIT}(?:之内|以内|内)?"), _limit),
    (re.compile(rf"{_N}\s*{_UNIT}\s*(?:之内|以内|内)(?!部)"), _limit),
    (re.compile(rf"{_N}\s*(?P<u>小时|分钟)(?=响应|到场|到达|答复|回复|处理|解决|电话)"), _limit),
    (re.compile(r"within\s+(?P<n>\d{1,4}|an?|one|two|three|four|five|six|seven|ten)\s+(?P<w>working\s+|business\s+)?"
                r"(?P<u>minutes?|hours?|days?|weeks?|months?|years?)", re.IGNORECASE), _english_limit),
    (re.compile(rf"(?P<d>次日|第二天|隔天|当天|当日|(?:次|下|第二)一?个?工作日)的?"
                rf"(?:(?P<noon>中午)(?!\s*[\d{CN}])|(?P<p>上午|早上|早|中午|下午|晚上|晚)?\s*(?P<h>\d{{1,2}}|[{CN}]{{1,3}})\s*"
                r"(?:[:：](?P<m>\d{2})|[点时](?P<half>半)?))\s*(?:之前|以前|前)"), _clock),
    (re.compile(r"当天|当日(?!不计)|same day"), _fixed(WITHIN, "end of day")),
    (re.compile(r"次日|第二天|隔天"), _fixed(WITHIN, "1d")),
    (re.compile(r"月底前|月末前|当月内|end of the month"), _fixed(WITHIN, "end of month")),
    (re.compile(r"季末前|季度末前|end of the quarter"), _fixed(WITHIN, "end of quarter")),
    (re.compile(r"年底前|年末前|end of the year"), _fixed(WITHIN, "end of year")),
    (re.compile(rf"每\s*(?P<n>双|\d{{1,2}}|[{CN}]{{1,3}})\s*个?(?P<u>天|日|周|星期|月|季度|年)(?!采购|消费|销售|购买|金额|合作金额)"
                rf"(?=(?:[^，,。；;、\d]{{0,8}}?(?P<t>\d{{1,2}}|[{CN}]{{1,2}})\s*次)?)"), _nth),
    (re.compile(r"(?P<n>双)(?P<u>周|月)(?P<t>)"), _nth),
    (re.compile(r"every\s+(?P<n>other|\d{1,2}|two|three|four|five|six|seven|ten)\s+(?P<u>days?|weeks?|months?|quarters?|years?)\b(?P<t>)",
                re.IGNORECASE), _nth),
    (re.compile(r"fortnight(?:ly)?", re.IGNORECASE), _fixed(EVERY, "2 weeks")),
    (re.compile(r"每[天日]|daily|every day"),
     lambda match: Time(FOREIGN, match[0], match.start(), match.end())),
    (re.compile(rf"每(?:个|一)?{_P}(?!采购|消费|销售|购买|金额|合作金额|年?采购)度?(?:初|末|底)?(?:内)?(?:[^，,。；;、\d]{{0,8}}?(?:至少|不少于|不低于|各)?\s*(?P<t>\d{{1,2}}|[{CN}]{{1,2}})\s*次)?"), _every),
    (re.compile(rf"(?:以|按)\s*{_P}度?\s*(?:为周期|为单位)?(?P<t>)(?=[，,。；;推送评审汇总统计提]|为)"), _every),
    (re.compile(rf"{_N}(?:个)?(?P<u>周|星期|月|季度|年)\s*(?:至少|不少于)?\s*(?P<t>\d{{1,2}}|[{CN}]{{1,2}})\s*次"), _once),
    (re.compile(rf"(?P<p>月度|季度|半年度|年度|周)(?P<t>)(?=(?:{_NOUNS}))"), _every),
    (re.compile(r"(?P<p>年|月|季)初(?P<t>)"), _every),
    (re.compile(r"(?:every|each|once a|per)\s+(?P<p>week|month|quarter|half-year|half year|year)(?P<t>)\b|\b(?P<q>weekly|monthly|quarterly|half-yearly|yearly|annually)\b", re.IGNORECASE),
     lambda match: Time(EVERY, _PERIODS[(match["p"] or match["q"]).lower()], match.start(), match.end())),
    (re.compile(r"定期|按期|不定期|经常|regularly|from time to time"), _fixed(VAGUE_CADENCE, "")),
    (re.compile(r"及时|尽快|立即|第一时间|限期|规定时限|期限内|按时|迅速|快速响应|优先响应|as soon as possible|in time|promptly|immediately"),
     _fixed(VAGUE_LIMIT, "")),
)  # fmt: skip
