"""What functions made of parameters that were given before."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

_Made = TypeVar("_Made")

# Two values of one of these types are the same parameter if they are equal.
_PLAIN = frozenset({int, float, str, bool, type(None)})


def remembered(function: Callable[..., _Made]) -> Callable[..., _Made]:
    """Has a function checked parameters once.

    To find out whether a parameter is one number or a list of some, and whether all of them are right, takes longer than to filter a small
    image. What the function returns must not change. Errors are not remembered, nor results of parameters that are no numbers, words or
    tuples of these.
    """

    # (1 and 1.0 are the same sigma, but not the same order: types are compared too, those within tuples by the first argument.)
    @lru_cache(maxsize=256, typed=True)
    def kept(_: tuple[type, ...], *parameters: Any) -> _Made:
        return function(*parameters)

    @wraps(function)
    def call(*parameters: Any) -> _Made:
        kinds: tuple[type, ...] = ()
        for value in parameters:
            if type(value) in _PLAIN:
                continue
            if not isinstance(value, tuple):
                return function(*parameters)
            items = tuple(map(type, value))
            if not _PLAIN.issuperset(items):
                return function(*parameters)
            kinds += items
        return kept(kinds, *parameters)

    return call
