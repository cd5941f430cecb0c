"""Every place in a configuration where a secret is kept, however deep it is named."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from wenyam.model.inventory import SecretReference


def every_secret(part: Any) -> Iterator[SecretReference]:
    """Yield the references of a configuration or a part of it; one that is named twice comes twice."""
    if isinstance(part, SecretReference):
        yield part
        return
    for inner in _inside(part):
        yield from every_secret(inner)


def _inside(part: Any) -> Iterator[Any]:
    if isinstance(part, Mapping):
        yield from part.values()
    elif isinstance(part, list | tuple | set | frozenset):
        yield from part
    elif isinstance(part, BaseModel):
        yield from (getattr(part, name) for name in type(part).model_fields)
    elif is_dataclass(part) and not isinstance(part, type):
        yield from (getattr(part, each.name) for each in fields(part))
