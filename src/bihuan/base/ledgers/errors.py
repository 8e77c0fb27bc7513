"""Why a file is not taken in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.base.errors import Refusal


class NotAList(Refusal):
    code = "ledger_file_unreadable"
    message = _("“%(name)s”不是能读的 Excel 或 CSV 文件。请另存为 .xlsx 或 .csv 再传。")
    status = 422


class TooMuch(Refusal):
    code = "ledger_file_too_big"
    message = _("“%(name)s”太大：最多 %(rows)d 行、%(mb)d MB。请分成几个文件。")
    status = 413


class NoHeading(Refusal):
    code = "ledger_no_heading"
    message = _("没有找到标题行。第一行应写列名，可以先下载模板。")
    status = 422


class ColumnMissing(Refusal):
    code = "ledger_column_missing"
    message = _("还没有对应上必填的列：%(names)s。")
    status = 422


class RowsWrong(Refusal):
    """Nothing was brought in: some rows are wrong and nobody chose to leave them out."""

    code = "ledger_rows_wrong"
    message = _("有 %(n)d 行要改，一行也没有导入。可以下载错误行改好再传，或选择只导入正确的行。")
    status = 422


class NoSuchLedger(Refusal):
    code = "no_such_ledger"
    message = _("没有“%(name)s”这种台账。可用：%(names)s。")
    status = 404


class AlreadyDone(Refusal):
    code = "import_already_done"
    message = _("这份文件已经处理过了。要再导入请重新上传。")
