"""Whether an answer is right: scipy on float64, on the whole array or on bands of rows."""

from __future__ import annotations

import math

import numpy as np
import scipy.ndimage as ndi

from problem import Problem, weights

# Arrays up to this many elements are compared as a whole.
WHOLE = 1 << 22
# Rows of a band; there is one at either end of an axis and one in the middle.
BAND = 8
# numpy.pad's names of scipy's modes.
PAD = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap"}
# The largest error that counts as right, for data in 0..1 and weights of absolute sum 1.
# Integers are rounded once: a half, and what sums in f32 are off.
BOUNDS = {"f": 1e-6, "d": 1e-13, "B": 0.501, "H": 0.52}


class Reference:
    """scipy's float64 answer to a problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.axis = problem.filtered[0]
        self.bands = [(rows.start, self._expected(rows)) for rows in self._rows()]

    def bound(self) -> float:
        """The largest error that is right."""
        gains = [
            np.abs(weights(self.problem.sigma[axis], self.problem.orders[axis])).sum()
            for axis in self.problem.filtered
        ]
        return BOUNDS[self.problem.target.dtype.char] * float(math.prod(gains))

    def error(self, interior: bool) -> float:
        """The largest error of the target; with ``interior``, of pixels that no border reaches."""
        worst = 0.0
        for start, expected in self.bands:
            rows = slice(start, start + expected.shape[self.axis])
            found = self.problem.target[self._at(rows)]
            part = self._interior(rows) if interior else ...
            difference = np.abs(found[part] - expected[part])
            # A NaN is as wrong as can be, and max would keep it.
            worst = max(worst, float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0)))
        return worst

    def _rows(self) -> list[range]:
        length = self.problem.source.shape[self.axis]
        if self.problem.source.size <= WHOLE or length <= 3 * BAND:
            return [range(length)]
        return [range(start, start + BAND) for start in (0, (length - BAND) // 2, length - BAND)]

    def _at(self, rows: slice | np.ndarray) -> tuple:
        return (slice(None),) * self.axis + (rows,)

    def _expected(self, rows: range) -> np.ndarray:
        """The answer in some rows, from these and the rows, or what stands for them, around."""
        problem, radius = self.problem, self.problem.radii[self.axis]
        length = problem.source.shape[self.axis]
        wanted = np.arange(rows.start, rows.stop + 2 * radius)
        if problem.mode == "constant":
            near = np.clip(wanted - radius, 0, length - 1)
        else:
            near = np.pad(np.arange(length), radius, mode=PAD[problem.mode])[wanted]
        block = problem.source[self._at(near)].astype("f8")
        if problem.mode == "constant":
            block[self._at(near != wanted - radius)] = 0.0
        smooth = ndi.gaussian_filter(block, problem.sigma, problem.orders, mode=problem.mode)
        return smooth[self._at(slice(radius, radius + len(rows)))]

    def _interior(self, rows: slice) -> tuple[slice, ...]:
        """The part of a band that no border reaches."""
        part = []
        for axis, (length, radius) in enumerate(zip(self.problem.source.shape, self.problem.radii)):
            first = rows.start if axis == self.axis else 0
            stop = rows.stop if axis == self.axis else length
            low, high = max(first, radius), min(stop, length - radius)
            part.append(slice(low - first, max(low, high) - first))
        return tuple(part)


def same_bits(problem: Problem) -> bool:
    """Whether the target holds the very numbers of scipy's own result in the same type."""
    output = problem.target.dtype
    expected = ndi.gaussian_filter(
        problem.source, problem.sigma, problem.orders, output=output, mode=problem.mode
    )
    return np.array_equal(problem.target, expected)
