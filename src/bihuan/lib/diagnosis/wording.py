"""A diagnosis in words: all of it for the engineer, one thing to do for the customer."""

from __future__ import annotations

from collections.abc import Sequence

from bihuan.lib.diagnosis.causes import Diagnosis, Evidence, Ranked
from bihuan.lib.diagnosis.knowledge import Advice
from bihuan.lib.workcal.words import Words

_LISTED = 3  # causes told to the engineer
_LEAST = 0.05  # a cause less likely is not worth a line
_REASONS = 3  # for and against each

_ADVICE: dict[Advice, Words] = {
    "CONTINUE": Words("设备可以继续使用。", "You can go on using the machine."),
    "FINISH": Words("请把手上的活做完，然后停机。", "Please finish what you are doing, then stop the machine."),
    "STOP": Words("请现在就按正常步骤停机。", "Please stop the machine now in the normal way."),
}  # fmt: skip
_NOT_KNOWN = Words(
    "设备的数据和平时不一样，原因还不能确定，我们的工程师正在看；停机后请等我们联系您再启动。",
    "The machine's data are different from usual and the cause is not certain yet; our engineer is looking at "
    "it. Once stopped, please wait to hear from us before you start it again.",
)
_NOT_FINAL = Words(
    "这是初步意见，不是最终结论。", "This is a first opinion, not a final conclusion."
)


def for_engineer(found: Diagnosis, language: str) -> tuple[str, ...]:
    """Sentences: the verdict, each cause worth a line with its reasons, what is not known, what to check next."""
    told = [_verdict(found).of(language)]
    for number, ranked in enumerate(found.ranked[:_LISTED], 1):
        if number == 1 or ranked.probability >= _LEAST:
            told += _cause(found, number, ranked, language)
    share = _percent(found.other)
    told.append(Words(f"清单以外的原因：{share}。", f"Something not in the list: {share}.").of(language))  # fmt: skip
    if found.checks:
        told += _next(found, language)
    told.append(_NOT_FINAL.of(language))
    return tuple(told)


def for_customer(found: Diagnosis, language: str) -> str:
    """What he does now, what it seems to be, and that this is not final; no number and no blame."""
    leading = found.leading
    said = found.knowledge.cause[leading.cause].customer if leading else _NOT_KNOWN
    space = "" if language.startswith("zh") else " "
    return space.join(each.of(language) for each in (_ADVICE[found.advice], said, _NOT_FINAL))


def _verdict(found: Diagnosis) -> Words:
    leading = found.leading
    if leading:
        title = found.knowledge.cause[leading.cause].title
        return Words(f"很可能是：{title.zh}。", f"Probably: {title.en}.")
    return Words("还不能判断是什么原因。", "The cause cannot be told yet.")


def _cause(found: Diagnosis, number: int, ranked: Ranked, language: str) -> list[str]:
    cause = found.knowledge.cause[ranked.cause]
    share = _percent(ranked.probability)
    told = [Words(f"{number}. {cause.title.zh}，{share}。先查：{cause.first.zh}", f"{number}. {cause.title.en}, {share}. Check first: {cause.first.en}").of(language)]  # fmt: skip
    for words, reasons in (
        (Words("支持", "For"), ranked.speaks_for),
        (Words("反对", "Against"), ranked.speaks_against),
    ):
        if reasons:
            names = _listed([_reason(found, each, language) for each in reasons[:_REASONS]], language)  # fmt: skip
            told.append(Words(f"{words.zh}：{names}。", f"{words.en}: {names}.").of(language))
    return told


def _next(found: Diagnosis, language: str) -> tuple[str, str]:
    """What is not known yet, the most telling first, and how the first of it is found out."""
    symptom = [found.knowledge.symptom[check.symptom] for check in found.checks]
    names = _listed([each.title.of(language) for each in symptom], language)
    more = len(found.unknown) - len(symptom)
    rest = Words(f"，另有 {more} 项", f", and {more} more") if more else Words("", "")
    first, minutes = symptom[0].check, f"{symptom[0].minutes:g}"
    return (
        Words(f"还不知道：{names}{rest.zh}。", f"Not known yet: {names}{rest.en}.").of(language),
        Words(f"下一步先查（约 {minutes} 分钟，最能区分）：{first.zh}", f"Check next (about {minutes} min, separates best): {first.en}").of(language),
    )  # fmt: skip


def _reason(found: Diagnosis, evidence: Evidence, language: str) -> str:
    """The symptom, whether it is there, and how much it weighs in log-odds."""
    title = found.knowledge.symptom[evidence.symptom].title
    weight = f"{evidence.weight:+.1f}".replace("-", "−")
    if evidence.there:
        return Words(f"{title.zh}（{weight}）", f"{title.en} ({weight})").of(language)
    return Words(f"没有“{title.zh}”（{weight}）", f'no "{title.en}" ({weight})').of(language)


def _listed(names: Sequence[str], language: str) -> str:
    return ("、" if language.startswith("zh") else "; ").join(names)


def _percent(share: float) -> str:
    """Nothing is certain: below 1 % and above 99 % are said so."""
    if share < 0.01:
        return "<1%"
    return ">99%" if share > 0.99 else f"{share:.0%}"
