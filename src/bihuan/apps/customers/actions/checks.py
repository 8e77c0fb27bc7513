"""What is checked before a customer or contact is written; each fault is a plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bihuan.apps.customers import profile
from bihuan.apps.customers.enums import CityClass, Flag, Nature, Relation, Status
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.rules import credit_code, naming, phones
from bihuan.base.errors import BadInput
from bihuan.base.texts import listed


def spelling(name: str) -> dict[str, str]:
    """Pinyin (for order and search) and initials of a name."""
    # 55 MB of dictionaries, which most processes never need.
    from pypinyin import Style, lazy_pinyin

    folded = naming.fold(name)
    full = "".join(lazy_pinyin(folded, style=Style.NORMAL)).replace(" ", "")
    first = "".join(lazy_pinyin(folded, style=Style.FIRST_LETTER)).replace(" ", "")
    return {"pinyin": full, "initials": first}


def customer_values(
    values: Mapping[str, Any], old: Customer | None, features: Callable[[], frozenset[str]]
) -> dict[str, Any]:
    """The values tidied, with what follows from them. Raises BadInput naming every fault."""
    clean = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }
    faults: dict[str, str] = {}
    if "name" in clean:
        _name(clean, faults)
    if clean.get("credit_code"):
        _credit_code(clean, old, faults)
    _codes(clean, faults)
    if "features" in clean:
        _features(clean, old, features, faults)
    _relations(clean, old, faults)
    _shares(clean, old, faults)
    if faults:
        raise BadInput(faults)
    return clean


def _name(clean: dict[str, Any], faults: dict[str, str]) -> None:
    name = clean["name"] or ""
    if len(name) < 2:
        faults["name"] = _("请写客户的全称，至少两个字。")
        return
    spelled = spelling(name)
    clean.update(
        name_key=naming.key(name)[:120],
        pinyin=spelled["pinyin"][:240],
        initials=spelled["initials"][:60],
    )


def _credit_code(clean: dict[str, Any], old: Customer | None, faults: dict[str, str]) -> None:
    code = credit_code.tidy(clean["credit_code"])
    clean["credit_code"] = code
    wrong = credit_code.problem(code)
    if wrong == "length":
        faults["credit_code"] = _("统一社会信用代码是 18 位，现在 %(n)s 位。") % {"n": len(code)}
    elif wrong == "shape":
        faults["credit_code"] = _(
            "统一社会信用代码里没有字母 I、O、S、V、Z，第 3 到 8 位是数字。请对照营业执照。"
        )
    elif wrong == "check":
        faults["credit_code"] = _(
            "统一社会信用代码的最后一位对不上，有一位抄错了。请对照营业执照。"
        )
    else:
        same = Customer.objects.filter(credit_code=code).exclude(status=Status.MERGED)
        other = (same.exclude(pk=old.pk) if old else same).first()
        if other is not None:
            faults["credit_code"] = _(
                "这个代码已经在 %(code)s 名下。是同一家就不用再建，请到那一页修改。"
            ) % {"code": other.code}


def _codes(clean: dict[str, Any], faults: dict[str, str]) -> None:
    for name, kind in (("nature", Nature), ("relation", Relation), ("status", Status)):
        if name in clean and clean[name] not in {str(each) for each in kind}:
            faults[name] = _("没有这个选项：%(value)s。") % {"value": clean[name]}
    if "flags" in clean:
        clean["flags"] = sorted(set(clean["flags"]))
        if unknown := [each for each in clean["flags"] if each not in {str(flag) for flag in Flag}]:
            faults["flags"] = _("没有这个标志：%(value)s。") % {"value": listed(unknown)}
    if clean.get("city_class") and clean["city_class"] not in {str(each) for each in CityClass}:
        faults["city_class"] = _("没有这个选项：%(value)s。") % {"value": clean["city_class"]}
    for name in ("care", "credit"):
        if clean.get(name) and clean[name] not in profile.data()[name]:
            faults[name] = _("没有这个选项：%(value)s。") % {"value": clean[name]}


def _features(
    clean: dict[str, Any],
    old: Customer | None,
    listed_now: Callable[[], frozenset[str]],
    faults: dict[str, str],
) -> None:
    """What the pack lists; what an earlier pack listed stays until somebody takes it off."""
    clean["features"] = sorted(set(clean["features"]))
    new = set(clean["features"]) - set(old.features if old else ())
    if new and (unknown := sorted(new - listed_now())):
        faults["features"] = _("现行制度没有列这个特征：%(value)s。") % {"value": listed(unknown)}


def _relations(clean: dict[str, Any], old: Customer | None, faults: dict[str, str]) -> None:
    relation = clean.get("relation", old.relation if old else Relation.DIRECT)
    dealer = clean.get("dealer", old.dealer if old else None)
    if relation == Relation.END_USER and dealer is None:
        faults["dealer"] = _("最终用户要写明是哪家经销商的客户。")
    if dealer is not None:
        if dealer.relation != Relation.DEALER:
            faults["dealer"] = _("%(name)s 不是经销商。请先把它的关系改成经销商。") % {
                "name": dealer.name
            }
        elif relation == Relation.DEALER:
            faults["dealer"] = _("经销商自己不能再挂在另一家经销商名下。")
    if (
        old is not None
        and old.relation == Relation.DEALER
        and relation != Relation.DEALER
        and old.end_users.exists()
    ):
        faults["relation"] = _("名下还有最终用户，先把它们转给别的经销商。")
    parent = clean.get("parent")
    if parent is not None and old is not None and _above(parent, old):
        faults["parent"] = _("上级集团绕成了一个圈。")
    manager = clean.get("account_manager")
    if manager is not None and not manager.is_active:
        faults["account_manager"] = _("%(name)s 的账号已经停用，请另选一位。") % {
            "name": manager.name
        }


def _above(parent: Customer, child: Customer) -> bool:
    seen: set[int] = set()
    current: Customer | None = parent
    while current is not None and current.pk not in seen:
        if current.pk == child.pk:
            return True
        seen.add(current.pk)
        current = current.parent
    return False


def _shares(clean: dict[str, Any], old: Customer | None, faults: dict[str, str]) -> None:
    share = clean.get("wallet_share")
    if share is not None:
        if not 0 <= Decimal(share) <= 1:
            faults["wallet_share"] = _("份额在 0 到 100% 之间。")
        elif not (clean.get("wallet_source") or (old and old.wallet_source)):
            faults["wallet_source"] = _("写了份额，就要写数字从哪里来。")
    for name in ("usage_score", "growth_score"):
        score = clean.get(name)
        if score is not None and not 0 <= Decimal(score) <= 100:
            faults[name] = _("评分在 0 到 100 之间。")


def contact_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """A contact's values tidied. Raises BadInput naming every fault."""
    clean = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }
    faults: dict[str, str] = {}
    if "name" in clean:
        if not clean["name"]:
            faults["name"] = _("请写联系人的姓名或称呼。")
        else:
            spelled = spelling(clean["name"])
            clean.update(pinyin=spelled["pinyin"][:160], initials=spelled["initials"][:40])
    if clean.get("phone"):
        clean["phone"] = phone = phones.tidy(clean["phone"])
        wrong = phones.problem(phone)
        if wrong == "mobile":
            faults["phone"] = _("手机号要 11 位，现在 %(n)s 位。") % {"n": len(phone)}
        elif wrong:
            faults["phone"] = _("这不像电话号码。手机写 11 位，座机写区号和号码。")
    if "phone" in clean:
        clean["phone_tail"] = phones.tail(clean["phone"] or "")
    _birthday(clean, faults)
    if faults:
        raise BadInput(faults)
    return clean


def _birthday(clean: dict[str, Any], faults: dict[str, str]) -> None:
    from bihuan.apps.customers.rules.key_dates import Day, valid

    month, day = clean.get("birthday_month"), clean.get("birthday_day")
    if (month is None) != (day is None):
        faults["birthday_day"] = _("生日要写全月和日，或者都不写。")
    elif (
        month is not None
        and day is not None
        and not valid(Day(month, day, bool(clean.get("birthday_lunar"))))
    ):
        faults["birthday_day"] = _("没有这一天。农历每月最多三十日。")
