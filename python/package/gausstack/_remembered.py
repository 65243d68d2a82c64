"""What functions made of parameters that were given before."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, wraps
from typing import Any, TypeVar

import numpy as np

_Made = TypeVar("_Made")

# Two values of the same of these types are the same parameter if they are equal.
_PLAIN = frozenset({int, float, str, bool, type(None), np.float64, np.float32, np.int64, np.int32})
# What has no hash, and means the same as a tuple.
_LISTS = frozenset({list, np.ndarray})


class _NotPlain(Exception):
    """A parameter that may change, or be equal to one that means something else."""


def remembered(function: Callable[..., _Made]) -> Callable[..., _Made]:
    """Has a function checked parameters once.

    To find out whether a parameter is one number or a list of some, and whether all of them are right, takes longer than to filter a small
    image. What the function returns must not change, nor depend on the sign of a zero, nor on whether a sequence is a list, an array or a
    tuple. Errors are not remembered, nor results of parameters that are no numbers, words or sequences of these.
    """

    # (1 and 1.0 are the same sigma, but not the same order: types are compared too, those within tuples by hand.)
    @lru_cache(maxsize=256, typed=True)
    def kept(_: tuple[type, ...] | None, *parameters: Any) -> tuple[_Made, tuple[type, ...] | None]:
        kinds = _kinds_in_tuples(parameters)
        return function(*parameters), kinds or None

    def look_up(parameters: tuple[Any, ...]) -> _Made:
        made, kinds = kept(None, *parameters)
        if kinds is None:
            return made
        own = _kinds_in_tuples(parameters)
        return made if own == kinds else kept(own, *parameters)[0]

    @wraps(function)
    def call(*parameters: Any) -> _Made:
        try:
            return look_up(parameters)
        except (_NotPlain, TypeError):
            # Of what has no hash, or the function's own, which it raises again.
            pass
        if not _LISTS.isdisjoint(map(type, parameters)):
            # (Messages name lists as they are.)
            with suppress(Exception):
                return look_up(tuple(tuple(value) if type(value) in _LISTS else value for value in parameters))
        return function(*parameters)

    return call


def _kinds_in_tuples(parameters: tuple[Any, ...]) -> tuple[type, ...]:
    """The types of what is in parameters that are tuples."""
    kinds: list[type] = []
    for value in parameters:
        if type(value) is tuple:
            kinds += map(type, value)
        elif type(value) not in _PLAIN:
            raise _NotPlain
    if not _PLAIN.issuperset(kinds):
        raise _NotPlain
    return tuple(kinds)
