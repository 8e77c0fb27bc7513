"""What accounts refuse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class NameTaken(Refusal):
    code = "username_taken"
    message = _("登录名“%(name)s”已经有人用。请换一个。")


class LastAdministrator(Refusal):
    code = "last_administrator"
    message = _("这是最后一位系统管理员。请先让另一位同事担任系统管理员。")


class NotYourself(Refusal):
    code = "not_yourself"
    message = _("不能改自己的岗位，也不能停用自己的账号。请另一位管理员来做。")


class StillHolds(Refusal):
    """Customers, promises and duties need an heir before an account closes."""

    code = "still_holds"
    message = _("先交接，再停用账号。名下还有：%(what)s。")


class LinkSpent(Refusal):
    code = "link_spent"
    message = _("这个链接已经用过、已过期或不对。请管理员再发一个。")
    status = 404


class TokenScope(Refusal):
    code = "token_scope"
    message = _("令牌的权限不能超出账号本身的权限：%(verbs)s。")
    status = 422


class SignInAgain(Refusal):
    """A sensitive step needs a fresh proof of who is there."""

    code = "sign_in_again"
    message = _("这一步比较敏感，请再次输入密码或验证码。")
    status = 401
