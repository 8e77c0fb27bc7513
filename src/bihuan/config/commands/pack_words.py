"""`bihuan pack words`: everything that a pack may name."""

from __future__ import annotations

import click

from bihuan.config.words import Halt, language, say


@click.command(
    "words",
    help=say(
        "列出制度包能用的全部词：事实与字段、义务、凭证、角色。给一个词就查它；给事实的代码，列出条件里能用的名称。",
        "List all that a pack may name: facts with fields, duties, evidence, roles. With a word, look "
        "it up; with the code of a fact, list the names of its conditions.",
    ),
)
@click.argument("word", default="")
def words_command(word: str) -> None:
    """Print the page of the vocabulary, or what fits one word; exit code 1 when nothing does."""
    from bihuan.config.commands.packs import vocabulary
    from bihuan.lib.policy.errors import nearest
    from bihuan.lib.policy.glossary import found, page

    known = vocabulary()
    if not word:
        click.echo(page(known, language()), nl=False)
        return
    told = found(known, word, language())
    if not told:
        near = nearest(word, (*known.facts, *known.duties, *known.evidence, *known.roles))
        raise Halt(
            "word_unknown", f"词汇里没有“{word}”。" + (f"是不是 {near}？" if near else ""),
            f'There is no "{word}" in the vocabulary.' + (f" Did you mean {near}?" if near else ""),
        )  # fmt: skip
    click.echo(told, nl=False)
