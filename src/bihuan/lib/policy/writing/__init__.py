"""Writing a pack: from a regulation in words to clauses, and from clauses to proposed rules.

Plain, explainable reading: every proposal names the words it was read from, and what the words
do not say stays open. Nothing here guesses, asks a network or runs anything of a document.
"""

from __future__ import annotations

from bihuan.lib.policy.writing.blocks import MOST_BYTES, Block, Unreadable, from_text, unread
from bihuan.lib.policy.writing.documents import blocks_of
from bihuan.lib.policy.writing.lexicon import Lexicon
from bihuan.lib.policy.writing.make import Chosen, Decided, Head, faults_of, pack_files
from bihuan.lib.policy.writing.outline import Article, Heading, Outline, outline
from bihuan.lib.policy.writing.propose import Proposal, Proposer, Said, Tier, tiers_in
from bihuan.lib.policy.writing.template import Template, duties_of, from_template, roles_of

__all__ = [
    "MOST_BYTES", "Article", "Block", "Chosen", "Decided", "Head", "Heading", "Lexicon", "Outline",
    "Proposal", "Proposer", "Said", "Template", "Tier", "Unreadable", "blocks_of", "duties_of", "faults_of", "from_template", "from_text",
    "outline", "pack_files", "roles_of", "tiers_in", "unread",
]  # fmt: skip
