"""The small changes that `mutants.py` makes to the code of a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
OPPOSITE = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change: `where` is the qualified name of its function, or the constant it is in."""

    line: int
    where: str
    constant: bool
    old: str
    new: str
    tree: ast.Module

    @property
    def key(self) -> str:
        return f"{self.where}: {self.old} -> {self.new}"


def mutants(source: str) -> Iterator[Mutant]:
    """Every change of a module; annotations, texts and the bodies of classes stay as they are."""
    base = ast.parse(source)
    for place, (node, _, where, constant) in enumerate(_nodes(base)):
        for variant in range(_variants(node)):
            tree = ast.parse(source)
            again, around, _, _ = list(_nodes(tree))[place]
            # a number says nothing without what it stands in
            told = around if isinstance(again, ast.Constant) else again
            old = _shown(told)
            _change(again, variant)
            yield Mutant(getattr(node, "lineno", 0), where, constant, old, _shown(told), tree)


def _nodes(tree: ast.Module) -> list[tuple[ast.AST, ast.AST, str, bool]]:
    """Each node that may change, with the one around it, its place, and whether a constant's."""
    found: list[tuple[ast.AST, ast.AST, str, bool]] = []

    def walk(node: ast.AST, around: ast.AST, where: str, *, constant: bool) -> None:
        if where:
            found.append((node, around, where, constant))
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "args") and not isinstance(
                node, ast.Call
            ):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    step(child, node, where, constant=constant)

    def step(child: ast.AST, around: ast.AST, where: str, *, constant: bool) -> None:
        if isinstance(child, ast.FunctionDef):
            walk(child, around, where or child.name, constant=False)
        elif isinstance(child, ast.ClassDef):
            for member in child.body:
                if isinstance(member, ast.FunctionDef):
                    walk(member, child, f"{child.name}.{member.name}", constant=False)
        elif not where and isinstance(child, ast.Assign | ast.AnnAssign):
            target = child.targets[0] if isinstance(child, ast.Assign) else child.target
            if (
                isinstance(target, ast.Name)
                and child.value is not None
                and not _is_type(child.value)
            ):
                walk(child.value, child, target.id, constant=True)
        elif where:
            walk(child, around, where, constant=constant)

    for child in tree.body:
        step(child, tree, "", constant=False)
    return found


def _is_type(value: ast.expr) -> bool:
    """Whether an assignment names a type (`A = B | C`)."""
    return isinstance(value, ast.BinOp | ast.Subscript) and not any(
        isinstance(each, ast.Constant) and isinstance(each.value, int) for each in ast.walk(value)
    )


def _variants(node: ast.AST) -> int:
    match node:
        case ast.Compare(ops=ops):
            return len(ops)
        case ast.BoolOp(values=values):
            return 1 + len(values)
        case ast.BinOp(op=op) if type(op) in COUNTED:
            return 1
        case ast.Constant(value=bool()) | ast.Constant(value=int()):
            return 1
        case ast.UnaryOp(op=ast.Not()) | ast.UnaryOp(op=ast.USub()):
            return 1
        case ast.IfExp() | ast.If():
            return 1
        case ast.Call(func=ast.Name(id=name)) if name in OPPOSITE:
            return 1
        case ast.Continue() | ast.Break() | ast.AugAssign() | ast.Raise():
            return 1
        case ast.Expr(value=ast.Call()) | ast.Assign(targets=[ast.Attribute()]):
            return 1
        case _:
            return 0


def _change(node: ast.AST, variant: int) -> None:
    match node:
        case ast.Compare():
            node.ops[variant] = COMPARED[type(node.ops[variant])]()
        case ast.BoolOp() if variant == 0:
            node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        case ast.BoolOp():
            del node.values[variant - 1]
            if len(node.values) == 1:
                left = node.values[0]
                node.__class__, node.__dict__ = left.__class__, left.__dict__
        case ast.BinOp():
            node.op = COUNTED[type(node.op)]()
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Constant():
            assert isinstance(node.value, int)
            node.value += 1
        case ast.UnaryOp():
            node.op = ast.UAdd() if isinstance(node.op, ast.USub) else ast.Not()
            if isinstance(node.op, ast.Not):
                node.operand = ast.UnaryOp(ast.Not(), node.operand)
        case ast.IfExp() | ast.If():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case ast.Call():
            assert isinstance(node.func, ast.Name)
            node.func.id = OPPOSITE[node.func.id]
        case _:  # a statement: left out
            _leave_out(node)


def _leave_out(node: ast.AST) -> None:
    node.__class__ = ast.Pass
    node.__dict__ = {
        name: value for name, value in node.__dict__.items() if "line" in name or "col" in name
    }


def _shown(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(node))
    return text.partition("\n")[0]
