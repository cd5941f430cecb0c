"""The little arithmetic of profiles: `(total - free) * 1024`, `type == 8 and status == 1`, `first(high, low)`.

An expression is checked when the profile is loaded and can do nothing but compute: names, numbers, text, + - * / // % **,
comparisons, `in`, and/or/not, `a if b else c`, and the functions listed in FUNCTIONS. A name without a value makes the result
"no value"; a text where a number is needed raises BadValueError.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from wenyam.collectors.snmp_arithmetic import Compute, of_columns, without
from wenyam.collectors.snmp_dates import unix_time
from wenyam.collectors.written_sizes import bytes_written, seconds_written

Scalar = int | float | str
Outcome = Scalar | None
Row = Mapping[str, Outcome]
Evaluate = Callable[[Row], Outcome]

_LONGEST_EXPRESSION = 400
_LARGEST_EXPONENT = 30
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


class ExpressionError(ValueError):
    """The expression of a profile cannot be used."""


class BadValueError(ValueError):
    """A value cannot be right: a text for a number, a division by zero."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression, the names it needs, and its plain form when it is only a column times a number."""

    text: str
    names: frozenset[str]
    evaluate: Evaluate
    column: str | None = None
    """The only name, when the value is that column as it is or times `factor`."""
    factor: float | None = None
    required: frozenset[str] = frozenset()
    """Names without which there is no value; those inside first(), min(), max() and `a if b else c` may be missing."""
    of_columns: Compute | None = None
    """The same for whole columns of numbers, when it is plain arithmetic; raises ArithmeticError where a row would."""

    def without(self, names: Iterable[str]) -> "Expression":
        """Return the same expression for a device on which these names never have a value."""
        missing = frozenset(names) & self.names
        return _simplified(self.text, missing) if missing else self


def compile_expression(text: str | float) -> Expression:
    """Check an expression; ExpressionError says what is not allowed."""
    source = str(text)
    if len(source) > _LONGEST_EXPRESSION:
        raise ExpressionError("the expression is too long")
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ExpressionError(f"'{source}' is no expression") from error
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(FUNCTIONS)
    column, factor = _plain(tree)
    return Expression(source, frozenset(names), _build(tree), column, factor, frozenset(_required(tree)), of_columns(tree))


@lru_cache(maxsize=1024)
def _simplified(text: str, missing: frozenset[str]) -> Expression:
    left = without(ast.parse(text, mode="eval").body, missing)
    return compile_expression(text if left is None else ast.unparse(left))


def _required(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name):
        return {node.id} - set(FUNCTIONS)
    if isinstance(node, ast.IfExp) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FORGIVING
    ):
        return set()
    return {name for child in ast.iter_child_nodes(node) for name in _required(child)}


def _plain(tree: ast.expr) -> tuple[str | None, float | None]:
    """Recognise `name`, `name * number` and `name / number`, which are computed for whole columns."""
    if isinstance(tree, ast.Name):
        return tree.id, None
    if isinstance(tree, ast.BinOp) and isinstance(tree.left, ast.Name) and isinstance(tree.right, ast.Constant):
        number = tree.right.value
        if isinstance(number, int | float) and number:
            if isinstance(tree.op, ast.Mult):
                return tree.left.id, number
            if isinstance(tree.op, ast.Div):
                return tree.left.id, 1 / number
    return None, None


def _number(value: Outcome) -> int | float:
    if isinstance(value, int | float):
        return value
    raise BadValueError(f"'{value}' is no number")


def _divide(left: float, right: float) -> float:
    if right == 0:
        raise BadValueError("division by zero")
    return left / right


def _remainder(left: float, right: float) -> float:
    if right == 0:
        raise BadValueError("division by zero")
    return left % right


def _power(left: float, right: float) -> float:
    if abs(right) > _LARGEST_EXPONENT or (left == 0 and right < 0):
        raise BadValueError("exponent out of range")
    raised: float = left**right
    return raised


_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
    ast.FloorDiv: lambda left, right: _divide(left, right) // 1,
    ast.Mod: _remainder,
    ast.Pow: _power,
}
_ORDER: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _build(node: ast.expr) -> Evaluate:
    """Turn one node into a function of a row."""
    builder = _BUILDERS.get(type(node))
    if builder is None:
        raise ExpressionError(f"'{ast.unparse(node)}' is not allowed in a profile")
    return builder(node)


def _constant(node: ast.Constant) -> Evaluate:
    value = node.value
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        raise ExpressionError(f"'{ast.unparse(node)}' is not allowed in a profile")
    return lambda row: value  # noqa: ARG005  # every part of an expression is a function of a row


def _name(node: ast.Name) -> Evaluate:
    name = node.id
    return lambda row: row.get(name)


def _binary(node: ast.BinOp) -> Evaluate:
    compute = _ARITHMETIC.get(type(node.op))
    if compute is None:
        raise ExpressionError(f"'{ast.unparse(node)}' is not allowed in a profile")
    left, right = _build(node.left), _build(node.right)

    def evaluate(row: Row) -> Outcome:
        first, second = left(row), right(row)
        if first is None or second is None:
            return None
        return compute(_number(first), _number(second))

    return evaluate


def _unary(node: ast.UnaryOp) -> Evaluate:
    inner = _build(node.operand)
    if isinstance(node.op, ast.Not):
        return lambda row: int(not inner(row))
    if isinstance(node.op, ast.USub):
        return lambda row: None if (value := inner(row)) is None else -_number(value)
    raise ExpressionError(f"'{ast.unparse(node)}' is not allowed in a profile")


def _boolean(node: ast.BoolOp) -> Evaluate:
    parts = [_build(value) for value in node.values]
    if isinstance(node.op, ast.And):
        return lambda row: int(all(part(row) for part in parts))
    return lambda row: int(any(part(row) for part in parts))


def _comparison(node: ast.Compare) -> Evaluate:
    if len(node.ops) != 1:
        raise ExpressionError(f"'{ast.unparse(node)}': compare two things at a time")
    kind, left, right = type(node.ops[0]), _build(node.left), node.comparators[0]
    if kind in (ast.In, ast.NotIn):
        members = _members(right)
        return lambda row: int((left(row) in members) == (kind is ast.In))
    other = _build(right)
    if kind in (ast.Eq, ast.NotEq):
        return lambda row: int((left(row) == other(row)) == (kind is ast.Eq))
    compare = _ORDER.get(kind)
    if compare is None:
        raise ExpressionError(f"'{ast.unparse(node)}' is not allowed in a profile")

    def evaluate(row: Row) -> Outcome:
        first, second = left(row), other(row)
        if first is None or second is None:
            return None
        return int(compare(_number(first), _number(second)))

    return evaluate


def _members(node: ast.expr) -> frozenset[object]:
    if not isinstance(node, ast.Tuple | ast.List) or not all(isinstance(each, ast.Constant) for each in node.elts):
        raise ExpressionError(f"'{ast.unparse(node)}': after 'in' comes a list of numbers or texts")
    return frozenset(each.value for each in node.elts if isinstance(each, ast.Constant))


def _choice(node: ast.IfExp) -> Evaluate:
    test, yes, no = _build(node.test), _build(node.body), _build(node.orelse)
    return lambda row: yes(row) if test(row) else no(row)


def _call(node: ast.Call) -> Evaluate:
    function = FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if function is None or node.keywords or not node.args:
        raise ExpressionError(f"'{ast.unparse(node)}': there are {', '.join(FUNCTIONS)}")
    arguments = [_build(argument) for argument in node.args]
    return lambda row: function(*[argument(row) for argument in arguments])


_BUILDERS: dict[type[ast.expr], Callable[..., Evaluate]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _comparison,
    ast.IfExp: _choice,
    ast.Call: _call,
}


def first(*values: Outcome) -> Outcome:
    """Return the first that has a value."""
    return next((value for value in values if value is not None), None)


def least(*values: Outcome) -> Outcome:
    """Return the smallest of those that have a value."""
    return min((_number(value) for value in values if value is not None), default=None)


def most(*values: Outcome) -> Outcome:
    """Return the largest of those that have a value."""
    return max((_number(value) for value in values if value is not None), default=None)


def number(value: Outcome, behind: Outcome = "") -> Outcome:
    """Return the first number in a text such as `23.5 C`, or the first behind what a regular expression finds in it."""
    if value is None or isinstance(value, int | float):
        return value
    start = re.search(str(behind), value)
    found = _NUMBER.search(value, start.end()) if start else None
    if found is None:
        raise BadValueError(f"'{value}' holds no number")
    return int(found[0]) if found[0].lstrip("+-").isdigit() else float(found[0])


def matches(value: Outcome, pattern: Outcome = "") -> Outcome:
    """Return 1 when a text holds the pattern (a regular expression), 0 when not."""
    return None if value is None else int(re.search(str(pattern), str(value)) is not None)


def bit(value: Outcome, position: Outcome = 0) -> Outcome:
    """Return one bit of a number, bit 0 being the lowest."""
    return None if value is None else int(_number(value)) >> int(_number(position)) & 1


def date(value: Outcome) -> Outcome:
    """Return the Unix time of an SNMPv2-TC DateAndTime (its octets as Latin-1 text) or of a written date (UTC unless it says)."""
    if value is None:
        return None
    try:
        return unix_time(str(value))
    except ValueError as error:
        raise BadValueError(str(error)) from error


def in_seconds(value: Outcome) -> Outcome:
    """Return the seconds of a time as devices write it: `3 weeks, 2 days`, `1w2d3h4m5s`, `12 days, 3:04:05`."""
    return _as_written(value, seconds_written)


def in_bytes(value: Outcome) -> Outcome:
    """Return the bytes of a size as devices write it: `67,108,864`, `512.0MiB`, `1024K`; K, M, G, T are powers of 1024."""
    return _as_written(value, bytes_written)


def _as_written(value: Outcome, read: Callable[[str], float]) -> Outcome:
    """Read a text; a number is taken as it is."""
    if value is None or isinstance(value, int | float):
        return value
    try:
        return read(value)
    except ValueError as error:
        raise BadValueError(str(error)) from error


_FORGIVING = frozenset({"first", "min", "max"})
FUNCTIONS: dict[str, Callable[..., Outcome]] = {
    "first": first,
    "min": least,
    "max": most,
    "number": number,
    "matches": matches,
    "bit": bit,
    "date": date,
    "in_seconds": in_seconds,
    "in_bytes": in_bytes,
}
