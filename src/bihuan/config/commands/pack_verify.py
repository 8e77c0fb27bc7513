"""`bihuan pack verify`: is this the pack that somebody approved?"""

from __future__ import annotations

from pathlib import Path

import click

from bihuan.config.words import Halt, say


@click.command(
    "verify", help=say("核对制度包的批准签名。", "Verify the signature of a pack's approver.")
)
@click.argument("pack", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--key",
    default="",
    help=say("批准方的公钥（十六进制）。", "The approver's public key, hexadecimal."),
)
def verify_command(pack: Path, key: str) -> None:
    """Verify a folder or a ZIP; exit code 1 when it is unsigned, changed, or signed by another."""
    from bihuan.lib.policy.bundle import SIGNATURE, BadBundle, unzipped, verified

    try:
        files, signature = (
            _folder(pack, SIGNATURE) if pack.is_dir() else unzipped(pack.read_bytes())
        )
        if not signature:
            raise Halt(
                "pack_unsigned", f"{pack} 没有批准签名（{SIGNATURE}）。",
                f"{pack} has no signature ({SIGNATURE}).",
            )  # fmt: skip
        found = verified(files, signature, key)
    except BadBundle as bad:
        raise Halt("pack_not_verified", bad.words.zh, bad.words.en) from bad
    told = found.statement
    click.echo(
        say(
            f"{told.pack} {told.version}：签名对得上，{told.approver} 于 {told.at} 批准。指纹 {told.hash}",
            f"{told.pack} {told.version}: the signature holds; approved by {told.approver} at {told.at}. "
            f"Hash {told.hash}",
        )
    )
    if not key:
        click.echo(
            say(
                f"公钥 {found.key}。请向批准方核对这把公钥；知道后用 --key 指定。",
                f"Public key {found.key}. Ask the approver whether it is theirs, then give it by --key.",
            )
        )


def _folder(folder: Path, signature: str) -> tuple[dict[str, str], str]:
    """The texts of a folder as a version keeps them, and its signature."""
    from bihuan.lib.policy.bundle import BadBundle

    found = [path for path in sorted(folder.rglob("*")) if path.suffix in (".yaml", ".md")]
    try:
        files = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in found}
        signed = folder / signature
        return files, signed.read_text("utf-8") if signed.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadBundle(
            "folder.unreadable",
            "文件夹里有读不了的文件。",
            "The folder holds a file that cannot be read.",
        ) from error
