"""Values as messages name them."""

from __future__ import annotations

import reprlib
from decimal import Decimal
from numbers import Number
from typing import Any

# Numbers beyond this are named by their first digits.
_MOST_WRITTEN_OUT = 10**16


def said(value: Any) -> str:
    """A value in a few words: long numbers as powers of ten, long sequences by their beginning, other objects by their type."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _MOST_WRITTEN_OUT:
        return f"{Decimal(value):.6e}"
    if value is None or isinstance(value, (str, bytes, Number, list, tuple, dict, set)):
        return reprlib.repr(value)
    return kind(value)


def kind(value: Any) -> str:
    """What a value is: None, or its type."""
    if value is None:
        return "None"
    of = type(value)
    name = of.__qualname__ if of.__module__ == "builtins" else f"{of.__module__}.{of.__qualname__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
