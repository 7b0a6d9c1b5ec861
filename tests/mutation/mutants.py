"""Small faults in a module's source, one at a time: what a suite that checks behaviour has to notice.

A mutant swaps a comparison or an operator, turns a condition round, shifts a number, empties a text, drops a
statement or gives back nothing. What only words an error, a docstring or a type is left alone.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
_WORDING = frozenset({"what", "hint", "code", "repr", "slots", "frozen", "kw_only", "maxsize", "errors"})
"""Keyword arguments that word an error or shape a class; a code is behaviour, but its tests name it once for many."""

_WORDED = frozenset({"Difference", "TypeVar"})
"""Calls that word a difference, or name a type for its checker."""


class Mutant(NamedTuple):
    """One fault: where and what; `tree()` is the module with it."""

    line: int
    what: str
    number: int
    """Of the node, in the order of ast.walk."""
    change: Callable[[ast.AST], None]
    original: ast.Module

    def tree(self) -> ast.Module:
        """A copy of the module that has the fault."""
        changed = copy.deepcopy(self.original)
        self.change(next(node for at, node in enumerate(ast.walk(changed)) if at == self.number))
        return ast.fix_missing_locations(changed)


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    skipped = _left_alone(tree)
    found = [
        Mutant(getattr(node, "lineno", 0), what, number, change, tree)
        for number, node in enumerate(ast.walk(tree))
        if node not in skipped
        for what, change in _changes(node)
    ]
    return sorted(found, key=lambda mutant: (mutant.line, mutant.number, mutant.what))


def _left_alone(tree: ast.Module) -> set[ast.AST]:
    """Nodes whose change nobody could notice, or only by reading a message."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        alone: list[ast.AST | None] = []
        match node:
            case ast.Raise():
                alone = [node.exc, node.cause]
            case ast.AnnAssign() | ast.arg():
                alone = [node.annotation]
            case ast.FunctionDef():
                alone = [node.returns, *node.decorator_list]
            case ast.ClassDef():
                alone = [*node.decorator_list]
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                alone = [node]
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                alone = [node]  # ruff holds that each name is there; nobody imports by a star
            case ast.Expr(value=ast.Constant()):
                alone = [node]
            case ast.keyword(arg=str(name)) if name in _WORDING:
                alone = [node]
            case ast.Call(func=ast.Name(id=name)) if name.endswith("Error") or name in _WORDED:
                alone = [node]
            case ast.Assert() | ast.JoinedStr():
                alone = [node]
        for child in alone:
            if child is not None:
                skipped.update(ast.walk(child))
    return skipped


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    """What can go wrong at a node, and how to make it so in another copy of it."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            other = _COMPARED[type(op)]
            yield f"{type(op).__name__} is {other.__name__}", lambda it: setattr(it, "ops", [other()])
        case ast.BinOp(op=op) if type(op) in _OPERATED:
            operator = _OPERATED[type(op)]
            yield f"{type(op).__name__} is {operator.__name__}", lambda it: setattr(it, "op", operator())
        case ast.BoolOp(op=op):
            joined = ast.Or if isinstance(op, ast.And) else ast.And
            yield f"{type(op).__name__} is {joined.__name__}", lambda it: setattr(it, "op", joined())
        case ast.If() | ast.While() | ast.IfExp():
            yield "condition turned round", _turn_round
        case ast.Constant(value=bool(value)):
            yield f"{value} is {not value}", lambda it: setattr(it, "value", not value)
        case ast.Constant(value=int(value)):
            yield f"{value} is {value + 1}", lambda it: setattr(it, "value", value + 1)
        case ast.Constant(value=bytes(data)) if data:
            yield "bytes are others", lambda it: setattr(it, "value", data[:-1] + bytes([data[-1] ^ 1]))
        case ast.Constant(value=str(text)) if text:
            yield "text is another", lambda it: setattr(it, "value", f"{text}x")
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            yield "returns None", lambda it: setattr(it, "value", ast.Constant(None))
        case ast.FunctionDef() | ast.For() | ast.With() | ast.If():
            pass
    if isinstance(node, (ast.FunctionDef, ast.For, ast.While, ast.If, ast.With, ast.Try)):
        for at, statement in enumerate(node.body):
            droppable = isinstance(statement, (ast.Expr, ast.AugAssign, ast.Raise, ast.Continue, ast.Break))
            if droppable and not _is_text(statement):
                yield f"line {statement.lineno} is dropped", _dropping(at)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _turn_round(node: ast.AST) -> None:
    assert isinstance(node, (ast.If, ast.While, ast.IfExp))
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _dropping(at: int) -> Callable[[ast.AST], None]:
    def drop(node: ast.AST) -> None:
        body: list[ast.stmt] = node.body  # type: ignore[attr-defined]
        body[at] = ast.Pass()

    return drop
