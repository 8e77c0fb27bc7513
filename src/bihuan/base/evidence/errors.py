"""What is not taken as evidence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class FileTooBig(Refusal):
    code = "file_too_big"
    message = _("“%(name)s”太大：这类文件最多 %(limit)d MB。请压缩后再传。")
    status = 413


class FileKindRefused(Refusal):
    code = "file_kind_refused"
    message = _("“%(name)s”的内容不是可以接收的类型。可以传图片、PDF、Office、录音、视频或纯文本。")
    status = 415


class FileEmpty(Refusal):
    code = "file_empty"
    message = _("“%(name)s”是空的。请重新选择文件。")
    status = 422


class ImageBroken(Refusal):
    code = "image_broken"
    message = _("“%(name)s”打不开，可能没有传完整。请重新拍一张或换一个文件。")
    status = 422


class ImageTooLarge(ImageBroken):
    code = "image_too_large"
    message = _("“%(name)s”的像素太多，打不开。请直接用手机拍一张照片，或缩小后再传。")
