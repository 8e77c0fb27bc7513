"""What the terminal says at the start: who may sign in, and what to try first."""

from __future__ import annotations

from bihuan.config.demo.makers import DEFAULT, maker
from bihuan.config.words import language


def welcome(address: str, pack: str = DEFAULT) -> str:
    """The address, the sign-in names of people in different roles with the password, and what to
    try first, in the language of the terminal.
    """
    company, words = maker(pack).company, language()
    zh = words == "zh"
    name = company["company"]["name"] if zh else company["english"]
    lines = [
        f"闭环已启动：{address}（{name}）" if zh else f"Bihuan is running: {address} ({name})",
        "",
        (
            f"口令都是 {company['password']}"
            if zh
            else f"Everybody's password: {company['password']}"
        ),
    ]
    outside = [company["dealer_sign_in"], company["supplier_sign_in"]]
    people = [*company["sign_in"], *outside]
    names = {row["username"]: row["name"] for row in [*company["staff"], *outside]}
    for row in people:
        name = names[row["username"]]
        who = f"{name}，{row['post']['zh']}" if zh else f"{name}, {row['post']['en']}"
        lines.append(
            f"  {row['username']:<11} {who}：{row['try']['zh']}"
            if zh
            else f"  {row['username']:<11} {who}: {row['try']['en']}"
        )
    return "\n".join(lines)
