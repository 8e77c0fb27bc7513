"""A pack as one file to hand over: a ZIP of its folder, and the approver's signature over it.

``signature.json`` holds a statement (pack, version, the hash of all files, who approved it and
when), an Ed25519 signature over it and the public key. It says: the owner of this key stated that
this person approved exactly these files. Whose key it is, the reader must know from elsewhere.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bihuan.lib.policy.errors import PolicyError
from bihuan.lib.policy.reader import hash_of

SIGNATURE = "signature.json"
MOST_FILES, MOST_BYTES = 400, 10 * 1024 * 1024  # a company's pack and the general one under it
_DOMAIN = b"bihuan pack approval 1\n"
_STAMP = (1980, 1, 1, 0, 0, 0)  # the same content gives the same file


class BadBundle(PolicyError):
    """A ZIP or signature that is refused; ``code`` names the reason."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.code = code


@dataclass(frozen=True)
class Statement:
    """What an approver states: times as ISO 8601."""

    pack: str
    version: str
    hash: str
    approver: str
    at: str

    def raw(self) -> bytes:
        """The bytes that are signed, the same for the same statement."""
        told = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return _DOMAIN + told.encode("utf-8")


@dataclass(frozen=True)
class Signature:
    """A statement with its signature and public key, both in hexadecimal."""

    statement: Statement
    signature: str
    key: str

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def sign(statement: Statement, seed: bytes) -> Signature:
    """Sign a statement; ``seed`` are the 32 bytes of the private key."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return Signature(
        statement,
        private.sign(statement.raw()).hex(),
        private.public_key().public_bytes_raw().hex(),
    )


def verified(files: Mapping[str, str], text: str, key: str = "") -> Signature:
    """The signature of these files; ``key`` is the public key it must have.

    Raises ``BadBundle``: unreadable, another key, a broken signature, or files that were changed
    after the approval.
    """
    try:
        told = json.loads(text)
        found = Signature(Statement(**told["statement"]), str(told["signature"]), str(told["key"]))
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.key))
        signature, raw = bytes.fromhex(found.signature), found.statement.raw()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadBundle(
            "signature.unreadable",
            "签署文件 signature.json 读不懂。",
            "signature.json cannot be read.",
        ) from error
    if key and key.lower() != found.key.lower():
        raise BadBundle(
            "signature.key",
            "签署用的不是这把公钥。",
            "It was signed with another key than this one.",
        )
    try:
        public.verify(signature, raw)
    except InvalidSignature as error:
        raise BadBundle(
            "signature.wrong",
            "签名不对：签署的内容被改过。",
            "The signature is wrong: what it signs was changed.",
        ) from error
    if found.statement.hash != hash_of(files):
        raise BadBundle(
            "signature.files", "文件与签署时不同：批准之后有人改过，请向批准人要原件。",
            "The files differ from those approved: somebody changed them afterwards.",
        )  # fmt: skip
    return found


def zipped(folder: str, files: Mapping[str, str], signature: str = "") -> bytes:
    """The files in a folder, zipped; the same content gives the same bytes."""
    buffer = io.BytesIO()
    texts = {**files, **({SIGNATURE: signature} if signature else {})}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(texts):
            row = zipfile.ZipInfo(f"{folder}/{path}", _STAMP)
            row.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(row, texts[path].encode("utf-8"))
    return buffer.getvalue()


def unzipped(raw: bytes) -> tuple[dict[str, str], str]:
    """The pack's files and the text of its signature ("" without one); raises ``BadBundle``."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            rows = [row for row in archive.infolist() if _wanted(row.filename)]
            if len(rows) > MOST_FILES or sum(row.file_size for row in rows) > MOST_BYTES:
                raise BadBundle(
                    "zip.large", "压缩包太大：制度包最多 400 个文件、10 MB。",
                    "The ZIP is too large: a pack has at most 400 files and 10 MB.",
                )  # fmt: skip
            texts = {row.filename: archive.read(row).decode("utf-8") for row in rows}
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ) as error:
        raise BadBundle(
            "zip.damaged", "这不是完整的 zip 文件，或者里面有不是 UTF-8 的文字。",
            "This is no whole ZIP, or it holds text that is not UTF-8.",
        ) from error  # fmt: skip
    if any(path.startswith("/") or ".." in path.split("/") for path in texts):
        raise BadBundle(
            "zip.path", "压缩包里有越界的路径。", "The ZIP holds a path that leads out of it."
        )
    heads = {path.split("/", 1)[0] for path in texts}
    if len(heads) == 1 and all("/" in path for path in texts):
        texts = {path.split("/", 1)[1]: text for path, text in texts.items()}
    signature = texts.pop(SIGNATURE, "")
    if "pack.yaml" not in texts:
        raise BadBundle(
            "zip.no_pack", "压缩包里没有 pack.yaml。请压缩制度包的整个文件夹。",
            "There is no pack.yaml in the ZIP. Zip the whole folder of the pack.",
        )  # fmt: skip
    return texts, signature


def _wanted(name: str) -> bool:
    return name.endswith((".yaml", ".md")) or name.rsplit("/", 1)[-1] == SIGNATURE
