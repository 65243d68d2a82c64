"""Weights of Gaussians and their derivatives, with the bits that scipy's have on the same machine."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gausstack._gausstack import Weights

#: Sigmas up to this, negative ones and NaN leave their axis alone.
SIGMA_IDENTITY = 1e-15

# Weights of this many samples to either side are kept for further calls: two megabytes at most.
_MOST_RADIUS_KEPT = 512


def gaussian_kernel1d(sigma: float, order: int, radius: int) -> NDArray[np.float64]:
    """A Gaussian's derivative at the integers from -radius to radius; the Gaussian itself is normalised over them.

    Every step is numpy's own, in scipy's order: its ``exp`` and its pairwise ``sum`` differ in the last bit from others, and
    from one processor to another.
    """
    variance = sigma * sigma
    x = np.arange(-radius, radius + 1)
    gaussian: NDArray[np.float64] = np.exp(-0.5 / variance * x**2)
    gaussian /= gaussian.sum()
    if order == 0:
        return gaussian
    # The n-th derivative is a polynomial times the Gaussian. Of coefficients c, one more derivative has
    # (k + 1) c[k + 1] - c[k - 1] / variance.
    powers = np.arange(order + 1)
    derivative = np.diag(powers[1:], 1) + np.diag(np.ones(order) / -variance, -1)
    coefficients = np.zeros(order + 1)
    coefficients[0] = 1
    for _ in range(order):
        coefficients = derivative.dot(coefficients)
    # (Powers beyond 2^63 would wrap round as integers.)
    base = x if radius**order < 2**63 else x.astype(np.float64)
    polynomial: NDArray[np.float64] = (base[:, np.newaxis] ** powers).dot(coefficients)
    return polynomial * gaussian


def gaussian_weights(sigma: float, order: int, radius: int) -> Weights:
    """The same as correlation weights: turned round."""
    build = _kept_weights if radius <= _MOST_RADIUS_KEPT else _new_weights
    return build(sigma, order, radius)


def _new_weights(sigma: float, order: int, radius: int) -> Weights:
    return Weights(np.ascontiguousarray(gaussian_kernel1d(sigma, order, radius)[::-1]), 0)


_kept_weights = lru_cache(maxsize=256)(_new_weights)


def radius(sigma: Any, truncate: float = 4.0) -> Any:
    """The distance in samples at which a Gaussian filter ends: ``int(truncate * sigma + 0.5)``, as in scipy.

    It is the halo that a tile needs for its filtered pixels to be right.

    Parameters
    ----------
    sigma : float or sequence of floats
        Standard deviation in samples. Up to 1e-15, and if it is negative or NaN, the axis is left alone: 0.
    truncate : float
        Where the kernel ends, in sigmas.

    Returns
    -------
    int or tuple of ints
        One for each sigma.

    Examples
    --------
    >>> import gausstack
    >>> gausstack.radius(1.5)
    6
    >>> gausstack.radius((3, 0, 5), truncate=3)
    (9, 0, 15)
    """
    if np.iterable(sigma) and not isinstance(sigma, str):
        return tuple(radius(each, truncate) for each in sigma)
    if not sigma > SIGMA_IDENTITY:
        return 0
    distance = int(truncate * float(sigma) + 0.5)
    if distance < 0:
        raise ValueError(f"truncate {truncate} gives no radius for sigma {sigma}")
    return distance
