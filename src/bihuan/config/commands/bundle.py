"""`bihuan bundle`: does an evidence bundle hold what it says, and was its log sealed as it is?

Read without the product's own tables and rules: hashes, sums and signatures are worked out anew from
the file, as its README tells any auditor to do.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import click
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bihuan.config.words import Halt, say

SUMS = "SHA256SUMS"
PIECE = 256 * 1024
SHOWN = 5
CELL = ("clause", "number", "role", "region")


@dataclass(frozen=True)
class Fault:
    """What does not agree, and where in the bundle."""

    where: str
    zh: str
    en: str


@click.command(
    "bundle",
    help=say("核对证据包：哈希、数字和封条。", "Check an evidence bundle: hashes, figures, seals."),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    default="",
    help=say("公司封条的公钥（十六进制）。", "The public key of the company's seals, hexadecimal."),
)
def bundle_command(file: Path, key: str) -> None:
    """Exit code 1 when anything in it does not agree."""
    try:
        with ZipFile(file) as archive:
            wanted = key or archive.read("audit/public_key.txt").decode().strip()
            entries = _lines(archive, "audit/entries.jsonl")
            faults = [*_files(archive), *_figures(archive), *_log(archive, entries, wanted)]
            count = len(archive.namelist()) - 1
            duties = len(_duties(archive))
    except (BadZipFile, KeyError, ValueError, TypeError) as error:
        raise Halt(
            "not_a_bundle", f"{file} 不是完整的证据包：{error}。请重新下载。",
            f"{file} is no whole evidence bundle: {error}. Download it again.",
        ) from error  # fmt: skip
    if faults:
        zh = "；".join(f"{each.where} {each.zh}" for each in faults[:SHOWN])
        en = "; ".join(f"{each.where} {each.en}" for each in faults[:SHOWN])
        raise Halt(
            "bundle_not_verified", f"证据包有 {len(faults)} 处对不上：{zh}",
            f"{len(faults)} things in the bundle do not agree: {en}",
        )  # fmt: skip
    sealed = sum(each["seal"] is not None for each in entries)
    click.echo(
        say(
            f"都对得上：{count} 个文件，{duties} 条义务，{len(entries)} 条操作记录（{sealed} 条已封，其余还没有封条证明）。",
            f"All agrees: {count} files, {duties} duties, {len(entries)} log entries ({sealed} sealed, the rest not proved by a seal yet).",
        )
    )
    if not key:
        click.echo(
            say(
                f"封条的公钥 {wanted}。请向公司核对这把公钥；知道后用 --key 指定。",
                f"The seals' public key is {wanted}. Ask the company whether it is theirs, then give it by --key.",
            )
        )


def _files(archive: ZipFile) -> Iterator[Fault]:
    """Each file is as it was listed, and none is there that was not."""
    lines = archive.read(SUMS).decode().splitlines()
    listed = {name: digest for digest, _sep, name in (line.partition("  ") for line in lines)}
    there = set(archive.namelist()) - {SUMS}
    for name in sorted(listed.keys() - there):
        yield Fault(name, "缺这个文件", "is missing")
    for name in sorted(there - listed.keys()):
        yield Fault(name, "不在清单里", "is not in the list")
    for name in sorted(listed.keys() & there):
        found = hashlib.sha256()
        with archive.open(name) as member:
            while piece := member.read(PIECE):
                found.update(piece)
        if found.hexdigest() != listed[name]:
            yield Fault(name, "内容和清单的哈希不符", "is not what its hash in the list says")


def _duties(archive: ZipFile) -> list[dict[str, str]]:
    text = archive.read("duties.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def _figures(archive: ZipFile) -> Iterator[Fault]:
    """The sums of figures.json, cell by cell and together, are those of the rows of duties.csv."""
    rows: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for each in _duties(archive):
        for key in ((), tuple(each[name] for name in CELL)):
            rows[key][each["counted_as"]] += 1
    told = json.loads(archive.read("figures.json"))
    cells = {tuple(cell[name] for name in CELL): cell for cell in told["figures"]}
    cells[()] = told["total"]
    for key in sorted(cells.keys() | rows.keys()):
        for name, number in _added(rows[key]).items():
            said = cells.get(key, {}).get(name, 0)
            if said != number:
                where = f"figures.json {' '.join([*key, name])}"
                yield Fault(
                    where,
                    f"写的是 {said}，逐行加出 {number}",
                    f"says {said}, the rows add up to {number}",
                )


def _added(rows: Counter[str]) -> dict[str, int]:
    on_time = rows["on_time"] + rows["strict"]
    return {
        "due": rows["missed"] + on_time, "on_time": on_time, "strict": rows["strict"],
        "waived": rows["waived"],
    }  # fmt: skip


def _log(archive: ZipFile, entries: list[dict[str, Any]], key: str) -> Iterator[Fault]:
    """Each entry leads to its seal, and each seal is signed by the key."""
    roots: dict[int, str] = {}
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    for seal in _lines(archive, "audit/seals.jsonl"):
        *signed, signature = seal.values()
        roots[seal["n"]] = seal["root"]
        try:
            public.verify(bytes.fromhex(signature), json.dumps(signed).encode())
        except InvalidSignature:
            yield Fault(
                f"seals.jsonl {seal['n']}", "签名不是这把公钥的", "is not signed by this key"
            )
    for each in entries:
        where = f"entries.jsonl {each['entry']['id']}"
        words = json.dumps(
            list(each["entry"].values()), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        leaf = hashlib.sha256(b"\0" + words.encode()).digest()
        if leaf.hex() != each["leaf"]:
            yield Fault(where, "和它的哈希不符", "is not what its hash says")
        elif each["seal"] is not None and _climbed(leaf, each["path"]) != roots.get(each["seal"]):
            yield Fault(where, "到不了它的封条", "does not lead to its seal")


def _climbed(start: bytes, path: list[list[str]]) -> str:
    for side, beside in path:
        both = bytes.fromhex(beside) + start if side == "left" else start + bytes.fromhex(beside)
        start = hashlib.sha256(b"\1" + both).digest()
    return start.hex()


def _lines(archive: ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).splitlines()]
