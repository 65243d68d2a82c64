"""One array to filter: what every contender is handed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Problem:
    """A source, a touched target of the same shape, and the parameters of scipy's function.

    ``sigma`` has one value per axis; an axis with 0 is not filtered and loops over images.
    ``order`` is one value per axis, or empty for smoothing.
    """

    source: np.ndarray
    target: np.ndarray
    sigma: tuple[float, ...]
    order: tuple[int, ...] = ()
    mode: str = "reflect"

    def __post_init__(self) -> None:
        assert self.source.shape == self.target.shape
        assert self.source.ndim == len(self.sigma)

    @property
    def orders(self) -> tuple[int, ...]:
        """The derivative order of each axis."""
        return self.order or (0,) * len(self.sigma)

    @property
    def radii(self) -> tuple[int, ...]:
        """The kernel's radius on each axis, by scipy's rule; 0 on a loop axis."""
        return tuple(int(4 * sigma + 0.5) for sigma in self.sigma)

    @property
    def filtered(self) -> tuple[int, ...]:
        """The axes that are filtered."""
        return tuple(axis for axis, sigma in enumerate(self.sigma) if sigma)

    @property
    def slices(self) -> int:
        """How many images the loop axes make; 1 without any."""
        return math.prod(n for n, sigma in zip(self.source.shape, self.sigma) if not sigma)

    @cached_property
    def images(self) -> list[Problem]:
        """The stack as images without a loop axis; an array without loop axes is one image."""
        loops = [axis for axis, sigma in enumerate(self.sigma) if not sigma]
        if not loops:
            return [self]
        sources = np.moveaxis(self.source, loops, range(len(loops)))
        targets = np.moveaxis(self.target, loops, range(len(loops)))
        return [
            replace(
                self,
                source=sources[index],
                target=targets[index],
                sigma=tuple(self.sigma[axis] for axis in self.filtered),
                order=tuple(self.orders[axis] for axis in self.filtered),
            )
            for index in np.ndindex(sources.shape[: len(loops)])
        ]

    @property
    def as_f32(self) -> Problem | None:
        """The same bytes as f32, to be copied; None of rows that are not whole numbers of them."""
        for array in (self.source, self.target):
            row = array.shape[-1] * array.itemsize
            if array.strides[-1] != array.itemsize or any(step % 4 for step in (*array.strides[:-1], row)):
                return None
        return replace(self, source=self.source.view("f4"), target=self.target.view("f4"))


def weights(sigma: float, order: int = 0) -> np.ndarray:
    """scipy's own correlation weights, to the last bit: its answer to an impulse.

    The impulse's answer is the kernel reversed, and correlation reverses it once more.
    """
    import scipy.ndimage as ndi

    radius = int(4 * sigma + 0.5)
    impulse = np.zeros(2 * radius + 1)
    impulse[radius] = 1
    answer = ndi.gaussian_filter1d(impulse, sigma, order=order, mode="constant")
    return answer[::-1].copy()
