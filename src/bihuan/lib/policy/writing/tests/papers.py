"""Papers to read, made here: no file of anybody else is kept in the repository."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence

from docx import Document
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

REGULATION = """某某泵业有限公司售后服务管理制度
第一章 总则
第一条 为规范售后服务，制定本制度。
第二条 本制度适用于全体客户。
第二章 响应
第三条 故障响应：
（一）金牌客户报修后2小时内电话响应；
（二）其他客户报修后4小时内电话响应。
第四条 区域服务主管每月最后一周召开例会，形成会议纪要。
"""


def docx(*, table: Sequence[Sequence[str]] = (), numbered: Sequence[str] = ()) -> bytes:
    """A Word file with headings, a table and automatically numbered paragraphs."""
    document = Document()
    document.add_heading("某某泵业有限公司售后服务管理制度", 0)
    for line in REGULATION.splitlines()[1:]:
        if line.startswith(("第一章", "第二章")):
            document.add_heading(line, 1)
        else:
            document.add_paragraph(line)
    if table:
        made = document.add_table(rows=len(table), cols=len(table[0]))
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                made.cell(row, column).text = cell
    if numbered:
        _number(document, numbered)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _number(document, lines):
    """Paragraphs whose 第%1条 stands in numbering.xml and in no text."""
    root = document.part.numbering_part.element
    root.insert(
        0,
        parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77"><w:lvl w:ilvl="0"><w:start w:val="5"/>'
            '<w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1条"/></w:lvl></w:abstractNum>'
        ),
    )
    root.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>')
    )
    for line in lines:
        properties = document.add_paragraph(line)._p.get_or_add_pPr()
        numbering = OxmlElement("w:numPr")
        for name, value in (("w:ilvl", "0"), ("w:numId", "77")):
            element = OxmlElement(name)
            element.set(qn("w:val"), value)
            numbering.append(element)
        properties.append(numbering)


def changed(raw: bytes, name: str, text: bytes) -> bytes:
    """A Word file with one part replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, text if part.filename == name else old.read(part))
    return buffer.getvalue()


def pdf(pages: Sequence[Sequence[str]], *, locked: bool = False, scan: bool = False) -> bytes:
    """A PDF of A4 pages, a line each, with a head and a page number; ``scan``: pages without text."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    kids, font = [], 4
    objects += [b"<< /Type /Catalog /Pages 2 0 R >>", b"", (b"<< /Type /Font /Subtype /CIDFontType0 "
        b"/BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 >>"),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [3 0 R] >>"]  # fmt: skip
    for number, lines in enumerate(pages, 1):
        drawn = [_shown("某某泵业有限公司 制度汇编", 72, 810)]
        drawn += [_shown(line, 72, 760 - 22 * at) for at, line in enumerate(lines)]
        drawn.append(_shown(f"第 {number} 页", 280, 30))
        body = zlib.compress(b"0 0 100 100 re f" if scan else "\n".join(drawn).encode("ascii"))
        stream = add(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(body) + body + b"\nendstream"
        )
        kids.append(
            add(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                b"/Resources << /Font << /F1 %d 0 R >> >> >>" % (stream, font))
        )  # fmt: skip
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids), b" ".join(b"%d 0 R" % kid for kid in kids),
    )  # fmt: skip
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    lock = (
        b" /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O (%s) /U (%s) >> /ID [(0123456789abcdef) (0123456789abcdef)]"
        % (b"x" * 32, b"y" * 32) if locked else b""
    )  # fmt: skip
    out.write(
        b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, lock, start)
    )
    return out.getvalue()


def _shown(line: str, x: int, y: int) -> str:
    return f"BT /F1 12 Tf {x} {y} Td <{line.encode('utf-16-be').hex()}> Tj ET"


# One grey pixel.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63680000008200814dcd0cd40000000049454e44ae426082"
)


def pictured(raw: bytes, *, after: str) -> bytes:
    """A Word file with a picture in a paragraph of its own behind the one that begins so."""
    document = Document(io.BytesIO(raw))
    above = next(each for each in document.paragraphs if each.text.startswith(after))
    made = document.add_paragraph()
    made.add_run().add_picture(io.BytesIO(_PIXEL))
    above._p.addnext(made._p)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
