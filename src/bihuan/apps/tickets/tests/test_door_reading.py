"""Reading a mail: what it says, and what is not taken."""

from __future__ import annotations

from base64 import b64encode
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.tickets.doors.mail_out import titled
from bihuan.apps.tickets.doors.reading import LARGEST, read
from bihuan.apps.tickets.doors.seal import thread_id, ticket_of
from bihuan.apps.tickets.doors.words_of_mail import text_of, without_quotes
from bihuan.base.storable import is_storable


def letter(**values) -> bytes:
    mail = EmailMessage()
    given = {
        "From": "许工 <xu@pump.cn>", "To": "service@maker.cn", "Subject": "离心机异响",
        "Message-ID": "<one@pump.cn>", "Date": "Tue, 10 Mar 2026 09:58:00 +0800",
    }  # fmt: skip
    body = values.pop("body", "启动后异响。")
    for name, value in (given | {k.replace("_", "-"): v for k, v in values.items()}).items():
        mail[name] = value
    mail.set_content(body)
    return mail.as_bytes()


def seen(raw: bytes):
    return read(raw, len(raw))


def test_headers_and_words():
    mail = seen(
        letter(
            Subject="答复: [wx-20260310-0007] 异响", In_Reply_To="<a@b>", References="<r@b> <a@b>"
        )
    )
    assert (mail.sender, mail.sender_name, mail.text) == ("xu@pump.cn", "许工", "启动后异响。")
    assert mail.numbers == ("WX-20260310-0007",)
    assert mail.refers == ("<a@b>", "<r@b>")
    assert (mail.wrong, mail.automatic) == ("", "")


def test_gb2312_of_old_programs():
    head = "From: xu@pump.cn\r\nSubject: =?gb2312?B?0uzP7A==?=\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n"
    mail = seen(head.encode() + "设备停机，镕".encode("gb18030"))
    assert (mail.subject, mail.text) == ("异响", "设备停机，镕")


@pytest.mark.parametrize(
    "tail",
    [
        "在 2026年3月10日 09:58，服务台 <s@maker.cn> 写道：\n> 请问转速多少",
        "-----原始邮件-----\n发件人: 服务台",
        "发件人: 服务台 <s@maker.cn>\n发送时间: 2026年3月10日\n收件人: 许工\n\n请问转速多少",
        "On Tue, Mar 10, 2026 at 9:58 AM Desk <s@maker.cn> wrote:\n> what speed",
        "------------------ 原始邮件 ------------------\n请问转速多少",
        "发自我的iPhone",
        "> 请问转速多少",
    ],
)
def test_what_was_quoted_is_cut(tail):
    assert without_quotes(f"转速 3000。\n\n{tail}") == "转速 3000。"


def test_a_line_that_only_looks_like_a_quotation_stays():
    text = "发件人: 写错了\n请更正地址"
    assert without_quotes(text) == text
    assert without_quotes("> 全部是引用") == "> 全部是引用"


def test_html_becomes_text_without_script():
    html = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>停机<b>了</b></p>"
        "<script>alert(1)</script><img src=x onerror=alert(2)><a href='https://evil.example/a'>点这里</a>"
        "<svg><script>alert(3)</script></svg><p>&lt;b&gt;原样</p></body></html>"
    )
    text = text_of(html)
    assert "alert" not in text
    assert text == "停机了\n点这里 <https://evil.example/a>\n<b>原样"


@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text):
    assert len(text_of(text)) <= 20_000
    assert without_quotes(text) is not None
    raw = text.encode("utf-8", "replace")
    read(raw, len(raw))


@given(st.binary(max_size=600))
def test_no_bytes_break_the_reader(raw):
    assert read(raw, len(raw)).fingerprint


ENCODED = st.one_of(
    st.sampled_from(["=?utf-8?B?a?=", "=?utf-7?Q?+2AA-?=", "=?x\0?Q?=00?=", "a\0b", "<a\0b@c>", "许"]),
    st.builds(
        "=?{}?{}?{}?=".format,
        st.sampled_from(["utf-8", "utf-7", "gb2312", "undefined", "utf-8\0", "idna", "hex", ""]),
        st.sampled_from("BQbqx"),
        st.text("aZ09+/=_-\0许", max_size=8),
    ),
)  # fmt: skip


@given(
    st.lists(ENCODED, min_size=6, max_size=6),
    st.sampled_from(["utf-8\0", "undefined", "idna", "utf-7", "gb2312", "=?utf-8?B?a?=", '"']),
    st.sampled_from(["7bit", "base64", "quoted-printable", "x-uuencode", "\0"]),
    st.binary(max_size=40),
)
def test_what_malformed_headers_and_charsets_say_can_be_kept(words, charset, coding, body):
    sender, subject, message_id, refers, name, date = words
    head = (
        f"From: {sender} <xu@pump.cn>\r\nSubject: 停机 {subject}\r\nMessage-ID: <{message_id}>\r\n"
        f"References: <a@b> <{refers}>\r\nDate: {date}\r\nContent-Transfer-Encoding: {coding}\r\n"
        f'Content-Type: text/plain; charset={charset}; name="{name}"\r\n\r\n'
    )
    mail = seen(head.encode() + body)
    assert "停机" in mail.subject
    assert mail.fingerprint
    said = [mail.message_id, mail.sender, mail.sender_name, mail.subject, mail.text, mail.whole]
    assert is_storable(said + [*mail.refers] + [each.name for each in mail.files])


def nested(depth: int) -> bytes:
    head = b"From: xu@pump.cn\r\nMessage-ID: <n@x>\r\n"
    body = b"Content-Type: text/plain\r\n\r\ndeep"
    for place in range(depth):
        mark = f"b{place}".encode()
        body = (
            b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n--' + mark + b"\r\n"
            + body + b"\r\n--" + mark + b"--\r\n"
        )  # fmt: skip
    return head + body


def test_bombs_are_refused_by_name():
    assert seen(nested(3)).text == "deep"
    assert seen(nested(20)).wrong == "too_deep"
    assert seen(nested(150)).wrong in ("too_deep", "too_many_parts")
    many = b"From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + (
        b"--x\r\nContent-Type: text/plain\r\n\r\na\r\n" * 5000
    )
    assert seen(many).wrong == "too_many_parts"
    bare = (
        b"From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\n\r\na\r\n" * 5000
    )
    assert seen(bare).wrong == "too_many_parts"
    assert read(letter(), LARGEST + 1).wrong == "too_big"
    assert read(b"X: " + b"a" * 200_000, 200_003).wrong == "unreadable"


@pytest.mark.parametrize(
    ("header", "sign"),
    [
        ({"Auto-Submitted": "auto-replied"}, "auto_submitted"), ({"Precedence": "bulk"}, "precedence"),
        ({"List-Id": "<news.x>"}, "list"), ({"Return-Path": "<>"}, "bounce"), ({"Auto-Submitted": "no"}, ""),
    ],
)  # fmt: skip
def test_what_no_person_wrote_is_known(header, sign):
    assert seen(letter(**header)).automatic == sign


def test_only_a_message_id_of_ours_proves_its_ticket():
    mine = thread_id(42, "maker.cn")
    assert ticket_of(mine) == 42
    assert ticket_of(mine.replace("bh.wx.42", "bh.wx.43")) is None
    assert ticket_of("<bh.wx.42.0011.deadbeef@maker.cn>") is None
    assert ticket_of("<>") is None
    assert thread_id(42, "maker.cn") != mine


def test_the_number_stands_once_in_the_subject():
    assert (
        titled("WX-20260310-0007", "回复：Re: [WX-20260310-0007] 异响")
        == "Re: [WX-20260310-0007] 异响"
    )


def attached(name: bytes, kind: bytes = b"application/pdf") -> bytes:
    """A letter with one file, whose name stands in its headers as a mailer writes it."""
    return b"\r\n".join(
        (
            b"From: xu@pump.cn", b"Subject: x", b"MIME-Version: 1.0",
            b"Content-Type: multipart/mixed; boundary=B", b"", b"--B", b"Content-Type: text/plain", b"",
            b"x", b"--B", b"Content-Type: " + kind, b"Content-Disposition: attachment" + name, b"",
            b"%PDF-1.7 %...", b"--B--", b"",
        )
    )  # fmt: skip


REPORT = "振动报告.pdf"
UTF8 = quote(REPORT).encode()
GB = quote(REPORT.encode("gb18030")).encode()
WORD = b"=?GB18030?B?" + b64encode(REPORT.encode("gb18030")) + b"?="


@pytest.mark.parametrize(
    "name",
    [
        b"; filename*=UTF-8''" + UTF8,
        b"; filename*=gb2312'zh'" + GB,
        b"; filename*=us-ascii''" + UTF8,
        b"; filename*=no-such''" + UTF8,
        b";\r\n filename*0*=UTF-8''" + UTF8[:18] + b";\r\n filename*1*=" + UTF8[18:],
        b"; filename=\"report.pdf\"; filename*=UTF-8''" + UTF8,
        b'; filename="' + WORD + b'"',
        b'; filename="' + REPORT.encode() + b'"',
        b'; filename="' + REPORT.encode("gb18030") + b'"',
        b"; filename=" + REPORT.encode(),
    ],
)
def test_an_attachment_has_the_name_that_its_sender_gave_in_whatever_form(name):
    assert [each.name for each in seen(attached(name)).files] == [REPORT]


def test_an_attachment_may_be_named_by_its_kind_alone_or_not_at_all():
    named = attached(b"", b'application/pdf; name="' + WORD + b'"')
    assert [each.name for each in seen(named).files] == [REPORT]
    assert [each.name for each in seen(attached(b"")).files] == ["file.pdf"]
