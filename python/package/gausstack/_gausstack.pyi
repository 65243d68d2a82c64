from collections.abc import Sequence
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Filter", "Weights", "__version__", "available_cpus"]

__version__: Final[str]

def available_cpus() -> int: ...

@final
class Weights:
    def __new__(cls, values: NDArray[np.float64], origin: int) -> Weights: ...

@final
class Filter:
    COPY_INPUT: Final[int]
    COPY_OUTPUT: Final[int]
    COPY_MASK: Final[int]
    def __new__(
        cls,
        axes: Sequence[int],
        terms: Sequence[Sequence[tuple[Weights, str]]],
        *,
        magnitude: bool,
        cval: float,
        double: bool,
        nearest: bool,
        missing: str,
        fill: float | None,
    ) -> Filter: ...
    def apply(
        self,
        input: NDArray[Any],
        output: NDArray[Any],
        workers: int,
        mask: NDArray[np.bool_] | None = None,
    ) -> int: ...
