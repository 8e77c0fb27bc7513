"""What cannot be read is refused by name, whatever somebody hands in."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.lib.policy.writing import Unreadable, blocks_of
from bihuan.lib.policy.writing.blocks import MOST_BYTES, SENTENCES
from bihuan.lib.policy.writing.tests.papers import changed, docx, pdf


def refused(raw):
    with pytest.raises(Unreadable) as caught:
        blocks_of(raw)
    assert caught.value.sentence("zh") == SENTENCES[caught.value.code][0]
    return caught.value.code


def zipped(**parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return buffer.getvalue()


def test_every_kind_of_refusal():
    document = docx()
    assert refused(b"") == "empty"
    assert refused(b"\xef\xbb\xbf \r\n") == "empty"
    assert refused(b"...\n---\n") == "empty"
    assert refused(b"\xff\xd8\xff\xe0") == "scan"
    assert refused(pdf([[], []], scan=True)) == "scan"
    assert refused(pdf([["第一条"]], locked=True)) == "encrypted"
    assert refused(document[:-400]) == "damaged"
    assert refused(changed(document, "word/document.xml", b"<w:document")) == "damaged"
    assert refused(zipped(xl__workbook="x")) == "kind"
    assert (
        refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))
        == "encrypted"
    )
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Word.Document.8") == "old_word"
    assert refused(b"%PDF-1.4\n%%EOF") == "damaged"
    assert refused(b"a" * (MOST_BYTES + 1)) == "large"


def test_a_file_that_unpacks_to_very_much_is_not_unpacked():
    assert (
        refused(changed(docx(), "word/document.xml", b"<a>" + b" " * 40_000_000 + b"</a>"))
        == "bomb"
    )
    assert refused("第一条 好。\n".encode() * 120_000) == "bomb"


def test_entities_in_a_document_are_not_expanded():
    entities = b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    body = (
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        b"<w:p><w:r><w:t>&c;&b;ok</w:t></w:r></w:p></w:body></w:document>"
    )
    try:
        texts = [
            each.text for each in blocks_of(changed(docx(), "word/document.xml", entities + body))
        ]
    except Unreadable:
        return
    assert not any("root:" in text for text in texts)


def test_a_process_of_its_own_tells_blocks_or_a_refusal():
    module = [sys.executable, "-m", "bihuan.lib.policy.writing.child"]
    done = subprocess.run(module, input=b"", capture_output=True, check=True)
    assert done.stdout == b'{"refused": "empty"}'


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.5\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
)
def test_no_bytes_raise_anything_else(raw, head):
    try:
        blocks_of(head + raw)
    except Unreadable as caught:
        assert caught.code in SENTENCES
