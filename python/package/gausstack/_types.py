"""Types of parameters, for checkers such as mypy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, SupportsFloat, SupportsIndex, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Mask: TypeAlias = NDArray[np.bool_]

T = TypeVar("T")
#: One value for all filtered axes, or a sequence with one for each.
PerAxis: TypeAlias = T | Sequence[T] | Array

Mode = Literal[
    "reflect",
    "mirror",
    "nearest",
    "wrap",
    "constant",
    "grid-mirror",
    "grid-wrap",
    "grid-constant",
]
Precision = Literal["native", "double"]
Rounding = Literal["scipy", "nearest"]
Missing = Literal["propagate", "ignore", "keep"]
Derivatives = Literal["truncated", "exact"]

Sigma: TypeAlias = PerAxis[SupportsFloat]
Order: TypeAlias = PerAxis[SupportsIndex]
Modes: TypeAlias = Mode | Sequence[Mode] | NDArray[np.str_]
Radius: TypeAlias = SupportsIndex | Sequence[SupportsIndex | None] | NDArray[np.integer[Any]] | None
Axes: TypeAlias = SupportsIndex | Sequence[SupportsIndex] | NDArray[np.integer[Any]] | None
