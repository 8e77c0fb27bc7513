from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.base.registry import App, MenuItem


class AccessConfig(App):
    name = "bihuan.base.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
    title = _("账号与权限")
    menu = (
        MenuItem(
            _("账号"),
            "access:users",
            "users",
            needs="people.manage",
            section="manage",
            order=910,
            rare=True,
            often="people.manage",
        ),
    )
    ticks = ("lockout.clear_old",)
    named_by = {"User": "name"}
    deeds = {
        "access.signed_in": pgettext_lazy("deed", "登录"),
        "access.signed_out": _("退出登录"),
        "access.user_added": pgettext_lazy("deed", "新建账号"),
        "access.user_changed": _("修改账号"),
        "access.account_closed": pgettext_lazy("deed", "停用账号"),
        "access.account_opened": pgettext_lazy("deed", "恢复账号"),
        "access.invite_link_made": pgettext_lazy("deed", "生成邀请链接"),
        "access.reset_link_made": _("生成重设密码的链接"),
        "access.password_set": _("设置密码"),
        "access.password_changed": pgettext_lazy("deed", "修改密码"),
        "access.password_reset": _("重设密码"),
        "access.second_factors_dropped": _("取消两步验证"),
        "access.totp_activated": pgettext_lazy("deed", "启用验证器"),
        "access.totp_deactivated": pgettext_lazy("deed", "停用验证器"),
        "access.webauthn_added": _("添加通行密钥"),
        "access.webauthn_removed": _("删除通行密钥"),
        "access.recovery_codes_generated": pgettext_lazy("deed", "生成恢复码"),
        "access.token_made": _("新建接口令牌"),
        "access.token_refused": _("接口令牌被拒"),
        "access.token_revoked": _("作废接口令牌"),
    }
