"""What pydantic finds, as problems with file, line, key and nearest key; no value of a secret is ever repeated."""

import json
import re
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import ErrorDetails

from wenyam.model import durations
from wenyam.settings.problems import Findings, Place
from wenyam.settings.tree import Block, Rows
from wenyam.settings.values import ratio

Model = TypeVar("Model", bound=BaseModel)

_SECRET_WORDS = re.compile(r"secret|passw|passphrase|community|token|credential|(^|_)key|authorization|header", re.IGNORECASE)
_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "model_attributes_type": "a block of keys",
    "mapping_type": "a block of keys",
}
_BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "at least {min_length} item(s)",
    "too_long": "at most {max_length} item(s)",
    "string_too_short": "at least {min_length} character(s)",
    "string_too_long": "at most {max_length} character(s)",
}


def validate(
    model: type[Model], block: Any, place: Place, *, path: str, findings: Findings, context: Mapping[str, Any]
) -> Model | None:
    """Return the block as this model; problems are noted under this path.

    Keys that are wrong are dropped from the block and the rest is judged on; None when too little is left.
    """
    if not isinstance(block, Block):
        secret = path.startswith("credentials")
        findings.problem(place, f"{path}: a block of keys expected, found {describe(block, secret=secret)}")
        return None
    try:
        return model.model_validate(block, context=dict(context))
    except ValidationError as error:
        _note(error, model, block, path, findings)
        return _validate_rest(model, block, error, context)


def _validate_rest(model: type[Model], block: Block, error: ValidationError, context: Mapping[str, Any]) -> Model | None:
    wrong = frozenset(str(detail["loc"][0]) for detail in error.errors(include_url=False) if detail["loc"])
    for key in wrong & set(block):
        del block[key]
    block.dropped |= wrong
    try:
        return model.model_validate(block, context=dict(context))
    except ValidationError:
        return None


def validate_options(
    model: type[BaseModel],
    options: Block,
    path: str,
    findings: Findings,
    *,
    beside: Iterable[str] = (),
    context: Mapping[str, Any] | None = None,
) -> BaseModel | None:
    """Return a plug-in's options as its own model; as JSON, so that lists, enums and dates are read in strict models too.

    `beside` are the keys that may stand beside the options: a misspelled one of those ends up among the options.
    """
    try:
        return model.model_validate_json(json.dumps(_with_numbers(model, options)), context=dict(context or {}))
    except ValidationError as error:
        _note(error, model, options, path, findings, beside=beside)
        return None


def _with_numbers(model: type[BaseModel], options: Block) -> dict[str, Any]:
    """Turn `5s` and `95%` into numbers where a plug-in wants a plain number and reads no such text itself."""
    numbers = dict(options)
    for name, field in model.model_fields.items():
        value = options.get(name)
        reads_text = any(isinstance(part, BeforeValidator) for part in field.metadata)
        if isinstance(value, str) and not reads_text and float in (field.annotation, *get_args(field.annotation)):
            number = _number(value)
            numbers[name] = value if number is None else number
    return numbers


def _number(text: str) -> float | None:
    for read in (durations.parse, ratio):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def describe(value: Any, *, secret: bool = False) -> str:
    """Name a value of the wrong type; a text is repeated only when it is short and no secret."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return "a number" if secret else f"the number {value}"
    if isinstance(value, str):
        return "a text" if secret or len(value) > 40 else f"the text '{value}'"  # noqa: PLR2004  # a line must stay readable
    word = "list" if isinstance(value, list) else "block of keys"
    return f"a {word}" if value else f"an empty {word}"


def _note(
    error: ValidationError, model: type[BaseModel], block: Block, path: str, findings: Findings, *, beside: Iterable[str] = ()
) -> None:
    for detail in error.errors(include_url=False):
        location = tuple(detail["loc"])
        keys, place = _locate(block, location)
        where = ".".join([path, *keys]) if path else ".".join(keys)
        findings.problem(place, _sentence(detail, model, where, keys, findings, beside=beside))


def _locate(block: Block, location: tuple[int | str, ...]) -> tuple[list[str], Place]:
    """Return the keys that exist along a location, and the place of the last; pydantic adds names of branches between."""
    here: Any = block
    place, keys = block.place, []
    for part in location:
        if isinstance(here, Block) and isinstance(part, str) and part in here:
            place, here = here.at(part), here[part]
            keys.append(part)
        elif isinstance(here, Rows) and isinstance(part, int) and part < len(here):
            place, here = here.places[part], here[part]
            keys.append(str(part + 1))
    return keys, place


def _sentence(
    detail: ErrorDetails, model: type[BaseModel], where: str, keys: list[str], findings: Findings, *, beside: Iterable[str]
) -> str:
    if detail["type"] == "extra_forbidden":
        parent, _, key = where.rpartition(".")
        known = _keys_of(model, keys[:-1])
        hint = findings.nearest(key, known if keys[:-1] else (*known, *beside))
        return f"{parent}: unknown key '{key}'{hint}" if parent else f"unknown key '{key}'{hint}"
    parts = where.split(".")
    secret = any(_SECRET_WORDS.search(part) for part in parts)
    reason = _reason(detail, findings, secret=secret)
    return f"{where}: {reason}" if where else reason


def _reason(detail: ErrorDetails, findings: Findings, *, secret: bool) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    found = describe(detail["input"], secret=secret)
    if kind == "missing":
        return f"'{detail['loc'][-1]}' is missing"
    if kind in _EXPECTED:
        number = isinstance(detail["input"], int | float) and not isinstance(detail["input"], bool)
        return f"{_EXPECTED[kind]} expected, found {found}{'; put it in quotes' if kind == 'string_type' and number else ''}"
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        return _choice(detail, found, findings)
    if kind in _BOUNDS:
        return f"{_BOUNDS[kind].format_map(context)} expected"
    if kind == "string_pattern_mismatch":
        return f"{found} has not the form expected here"
    return str(context["error"]) if kind == "value_error" else detail["msg"][:1].lower() + detail["msg"][1:]


def _choice(detail: ErrorDetails, found: str, findings: Findings) -> str:
    context = detail.get("ctx", {})
    choices = re.findall(r"'([^']+)'", str(context.get("expected", context.get("expected_tags", ""))))
    value = context.get("tag", detail["input"])
    shown = f"the text '{value}'" if "tag" in context else found
    hint = findings.nearest(value, choices) if isinstance(value, str) else ""
    return f"{shown} is not one of {', '.join(choices)}{hint}"


def _keys_of(model: type[BaseModel], keys: list[str]) -> tuple[str, ...]:
    """Return the keys of the model found along a path of keys; none where there is no model."""
    found = _model_at(model, keys)
    return () if found is None else tuple(field.alias or name for name, field in found.model_fields.items())


def _model_at(annotation: Any, keys: list[str]) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not keys:
            return annotation
        field = annotation.model_fields.get(keys[0])
        return None if field is None else _model_at(field.annotation, keys[1:])
    parts, origin = get_args(annotation), get_origin(annotation)
    if origin in (Union, UnionType):
        return next((found for part in parts if (found := _model_at(part, keys)) is not None), None)
    if origin is Annotated:
        return _model_at(parts[0], keys)
    if origin in (list, tuple, dict) and keys:
        return _model_at(parts[1 if origin is dict else 0], keys[1:])
    return None
