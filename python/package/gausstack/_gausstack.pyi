from collections.abc import Sequence
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Filter", "Pool", "Weights"]

@final
class Weights:
    def __new__(cls, values: NDArray[np.float64], origin: int) -> Weights: ...

@final
class Pool:
    def __new__(cls, workers: int) -> Pool: ...

@final
class Filter:
    COPY_INPUT: Final[int]
    COPY_OUTPUT: Final[int]
    def __new__(
        cls,
        axes: Sequence[int],
        terms: Sequence[Sequence[tuple[Weights, str]]],
        *,
        magnitude: bool,
        cval: float,
        double: bool,
        nearest: bool,
        ignore_nan: bool,
    ) -> Filter: ...
    def apply(self, input: NDArray[Any], output: NDArray[Any], pool: Pool | None) -> int: ...
