"""The arrays that are filtered, and the lengths of the standard case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from problem import Problem

# The image of the standard case, and its sigmas.
IMAGE = (3000, 5000)
SIGMA = (3.0, 5.0)


@dataclass(frozen=True)
class Size:
    """Lengths as they are raced, or shortened for a run that only looks at answers."""

    quick: bool

    def __call__(self, *lengths: int) -> tuple[int, ...]:
        """Lengths of image axes, and numbers of slices."""
        return tuple(max(1, length // 5) for length in lengths) if self.quick else lengths


def fresh(shape: tuple[int, ...], sigma: tuple[float, ...], dtype: str = "f4") -> Problem:
    """A problem with arrays of its own."""
    return Problem(noise(shape, dtype), touched(shape, dtype), sigma)


def noise(shape: tuple[int, ...], dtype: str = "f4") -> np.ndarray:
    """Uniform noise from 0..1, of integers over their whole range, the same in every run."""
    rng = np.random.default_rng(20261122)
    if np.dtype(dtype).kind == "u":
        return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    return rng.random(shape, dtype=dtype)


def touched(shape: tuple[int, ...], dtype: str = "f4", order: str = "C") -> np.ndarray:
    """Memory for results that has been written: the first touch of a page is no filter's work."""
    array = np.empty(shape, dtype, order)
    array.fill(0)
    return array
