from collections.abc import Callable, Mapping, Sequence
from os import PathLike as _PathLike
from typing import Any, Final, SupportsFloat, SupportsIndex, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Filter", "Weights", "__version__", "available_cpus", "file_array", "filter_file", "generation"]

__version__: Final[str]

def available_cpus() -> int: ...
def generation() -> int: ...
def file_array(path: str | _PathLike[str]) -> tuple[list[int], str]: ...
def filter_file(
    filter: Filter,
    input: str | _PathLike[str],
    output: str | _PathLike[str],
    parameters: Mapping[str, Any],
    progress: Callable[[int, int], Any] | None,
) -> None: ...

@final
class Weights:
    def __new__(cls, values: NDArray[np.float64], origin: int) -> Weights: ...
    @staticmethod
    def ideal(sigma: float, order: int, tolerance: float, axis: int) -> Weights: ...

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
        cval: SupportsFloat | SupportsIndex,
        mask: NDArray[np.bool_] | None = None,
    ) -> int: ...
