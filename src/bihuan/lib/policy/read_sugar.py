"""The sugar that expands to rules: meetings, reports, drills."""

from __future__ import annotations

from bihuan.lib.policy import keys
from bihuan.lib.policy.read_rules import RuleReader
from bihuan.lib.policy.source import Node

_SUGAR: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "meetings": ("meeting.hold", keys.MEETING, ("minutes", "attendance"), ()),
    "reports": ("report.issue", keys.REPORT, (), ("report",)),
    "drills": ("drill.run", keys.DRILL, ("record", "attendance"), ()),
}
_DETAILS = ("chair", "members", "agenda", "quorum", "to", "sections", "kind", "scenarios")


def expand(reader: RuleReader, section: str, node: Node) -> None:
    """Turn one meeting, report or drill into its rule."""
    r = reader.r
    must, known, every_proof, any_proof = _SUGAR[section]
    r.keys(node, known, f"{section} {r.text(node.map.get('id'))}")
    details = {key: r.plain(node.map[key]) for key in _DETAILS if key in node.map}
    _check_details(reader, node)
    plain = {key: value for key, value in node.map.items() if key not in _DETAILS}
    plain.setdefault("of", Node("company", node.file, node.line, "company"))
    plain["must"] = Node(must, node.file, node.line, must)
    proofs = [Node(kind, node.file, node.line, kind) for kind in (*every_proof, *any_proof)]
    wanted = "all" if every_proof else "any"
    plain["proved"] = Node({wanted: Node(proofs, node.file, node.line)}, node.file, node.line)
    if "every" not in plain:
        r.need(node, "every", section)
        return
    reader.add(Node(plain, node.file, node.line, key_lines=node.key_lines), section, **details)


def _check_details(reader: RuleReader, node: Node) -> None:
    r = reader.r
    for key in ("chair", "members", "to"):
        for item in r.items(node.map.get(key)):
            reader.role(item)
    for key in ("agenda", "sections"):
        for item in r.items(node.map.get(key)):
            r.words(item, key)
    quorum = r.number(node.map.get("quorum"), 1.0)
    if not 0 < quorum <= 1:
        r.note(
            node.map["quorum"], "quorum.share", f"到会比例应在 0 到 100% 之间，现为 {quorum:.0%}",
            f"a quorum lies between 0 and 100 %, it is {quorum:.0%}", "60%",
        )  # fmt: skip
    if "kind" in node.map:
        r.one_of(node.map["kind"], keys.DRILL_KINDS, "演练方式", "kind of drill", "drill.unknown")
