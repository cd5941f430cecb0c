"""Expressions of profiles as syntax trees: what is plain arithmetic over whole columns, and what is left without a name."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import TypeGuard

Compute = Callable[[Mapping[str, list[float]], int], list[float]]
"""Gets a column of numbers by name and how many rows there are; ArithmeticError where a row would have no value."""

_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FIRST = "first"


def of_columns(node: ast.expr) -> Compute | None:
    """Return what computes this for whole columns; None for anything but names, numbers, + - * / and first()."""
    if isinstance(node, ast.Name):
        return _column(node.id)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return _repeated(node.value)  # type: ignore[arg-type]  # just looked at
    if isinstance(node, ast.BinOp):
        return _combined(node)
    if _is_first(node):
        # Where every name has a number in every row, the first argument has a value.
        parts = [of_columns(argument) for argument in node.args]
        return None if None in parts else parts[0]
    return None


def _column(name: str) -> Compute:
    return lambda columns, _rows: columns[name]


def _repeated(number: float) -> Compute:
    return lambda _columns, rows: [number] * rows


def _combined(node: ast.BinOp) -> Compute | None:
    operation = _OPERATIONS.get(type(node.op))
    left, right = of_columns(node.left), of_columns(node.right)
    if operation is None or left is None or right is None:
        return None
    return lambda columns, rows: list(map(operation, left(columns, rows), right(columns, rows)))


def without(node: ast.expr, missing: frozenset[str]) -> ast.expr | None:
    """Return what is left of an expression when these names have no value; None when it has none either.

    What could go wrong in another way before it is found to have no value is left as it is.
    """
    if isinstance(node, ast.Name):
        return None if node.id in missing else node
    if isinstance(node, ast.BinOp):
        return _without_operands(node, missing)
    if _is_first(node):
        left = [each for each in (without(argument, missing) for argument in node.args) if each is not None]
        if len(left) <= 1:
            return left[0] if left else None
        return ast.Call(node.func, left, [])
    return node


def _without_operands(node: ast.BinOp, missing: frozenset[str]) -> ast.expr | None:
    sides = (without(node.left, missing), without(node.right, missing))
    if None not in sides:
        return node
    harmless = all(side is None or isinstance(side, ast.Name | ast.Constant) for side in sides)
    return None if harmless else node


def _is_first(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _FIRST
