"""Mail by SMTP (settings EMAIL_HOST ...); while no server is named the messages wait."""

from __future__ import annotations

import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from bihuan.base.evidence.actions import path_of
from bihuan.base.evidence.models import File
from bihuan.base.notify.channels import Ambiguous, Refused, Temporary
from bihuan.base.notify.models import Delivery
from bihuan.base.system.company import company
from bihuan.base.texts import in_language
from bihuan.base.ui.addresses import outward

DOMAIN = "bihuan.invalid"  # RFC 2606: a message id that belongs to nobody


class Mail:
    knows_doubles = False

    def is_ready(self) -> bool:
        return bool(settings.EMAIL_HOST)

    def send(self, delivery: Delivery) -> None:
        message = _message(delivery)
        connection = get_connection(fail_silently=False)
        try:
            connection.open()
        except (OSError, smtplib.SMTPException) as error:
            raise Temporary(type(error).__name__) from error
        message.connection = connection
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _reason in error.recipients.values()]
            raise (Temporary if min(codes) < 500 else Refused)(str(codes[0])) from error
        except smtplib.SMTPResponseException as error:
            raise (Temporary if error.smtp_code < 500 else Refused)(str(error.smtp_code)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Ambiguous(type(error).__name__) from error
        finally:
            _close(connection)


def _close(connection: object) -> None:
    try:
        connection.close()  # type: ignore[attr-defined]
    except (OSError, smtplib.SMTPException):
        return  # it was sent or not before; leaving rudely changes nothing


def _message(delivery: Delivery) -> EmailMessage:
    notice = delivery.notice
    if notice is None:
        return _letter(delivery)
    language = notice.to.language
    title = in_language(notice.title, language).replace("\r", " ").replace("\n", " ")
    lines = [in_language(notice.text, language)]
    if notice.url:
        lines.append(absolute(notice.url))
    return EmailMessage(
        subject=f"[{company().short_name}] {title}",
        body="\n\n".join(line for line in lines if line),
        to=[notice.to.email],
        headers={
            "Message-ID": f"<{delivery.message_id}@{DOMAIN}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _letter(delivery: Delivery) -> EmailMessage:
    """A mail to somebody outside, as `actions.write_mail` put it down."""
    body: dict[str, Any] = delivery.body
    letter = EmailMessage(
        subject=body["subject"], body=body["text"], from_email=body["sender"], to=[body["to"]],
        headers=dict(body["headers"]),
    )  # fmt: skip
    for file in File.objects.filter(pk__in=body["files"]):
        letter.attach(file.name, path_of(file).read_bytes(), file.kind)
    return letter


def absolute(url: str) -> str:
    """The address of a page of ours for somebody outside; others stay as they are."""
    return outward(url) if url.startswith("/") else url
