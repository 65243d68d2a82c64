"""Weights of Gaussians and their derivatives, with the bits that scipy's have on the same machine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from gausstack._gausstack import Weights
from gausstack._messages import kind, said

#: Sigmas up to this, negative ones and NaN leave their axis alone.
SIGMA_IDENTITY = 1e-15

# Weights of this many samples to either side are kept for further calls: two megabytes at most.
_MOST_RADIUS_KEPT = 512

# Longer kernels are computed in parts of this many samples, so that Ctrl-C need not wait for them. (A multiple of what vectors hold, so
# that every sample has the bits that it has in one part.)
_PART = 1 << 18


def gaussian_kernel1d(sigma: float, order: int, radius: int) -> NDArray[np.float64]:
    """A Gaussian's derivative at the integers from -radius to radius; the Gaussian itself is normalised over them.

    Every step is numpy's own, in scipy's order: its ``exp`` and its pairwise ``sum`` differ in the last bit from others, and
    from one processor to another.
    """
    variance = sigma * sigma
    kernel: NDArray[np.float64] = np.empty(2 * radius + 1)
    for part, x in _parts(radius):
        np.exp(-0.5 / variance * x**2, out=kernel[part])
    total = _sum(kernel)
    for part, _ in _parts(radius):
        kernel[part] /= total
    if order == 0:
        return kernel
    # The n-th derivative is a polynomial times the Gaussian. Of coefficients c, one more derivative has
    # (k + 1) c[k + 1] - c[k - 1] / variance.
    powers = np.arange(order + 1)
    derivative = np.diag(powers[1:], 1) + np.diag(np.ones(order) / -variance, -1)
    coefficients = np.zeros(order + 1)
    coefficients[0] = 1
    for _ in range(order):
        coefficients = derivative.dot(coefficients)
    for part, x in _parts(radius):
        # (Powers beyond 2^63 would wrap round as integers.)
        base = x if radius**order < 2**63 else x.astype(np.float64)
        kernel[part] *= (base[:, np.newaxis] ** powers).dot(coefficients)
    return kernel


def _parts(radius: int) -> Iterator[tuple[slice, NDArray[np.int64]]]:
    """The integers from -radius to radius in parts, and where each part is among them."""
    for start in range(0, 2 * radius + 1, _PART):
        end = min(start + _PART, 2 * radius + 1)
        yield slice(start, end), np.arange(start - radius, end - radius)


def _sum(numbers: NDArray[np.float64]) -> np.float64:
    """The sum in parts, with the bits of numpy's: halves as its pairwise sums have them."""
    if len(numbers) <= _PART:
        return np.float64(numbers.sum())
    half = len(numbers) // 2
    half -= half % 8
    return _sum(numbers[:half]) + _sum(numbers[half:])


def exact_weights1d(sigma: float, order: int, radius: int) -> NDArray[np.float64]:
    """Correlation weights of a derivative that is exact on polynomials up to its order: lower powers give 0, and x^n gives n!.

    They are ``n! p(k) phi(k) / <p, p>``, where phi is the truncated Gaussian and p the polynomial of degree n, with leading coefficient 1,
    that phi makes orthogonal to all of lower degree. Polynomials of the order's parity are made orthogonal one after the other, twice
    each, beginning with Newton's: those are 0 at the first samples, where a narrow Gaussian has nearly all its weight, and lose nothing by
    it. (The recurrence of Stieltjes leaves 0.9 instead of 0 at sigma 0.3, order 5.)
    """
    # From the centre on, and in sigmas, so that powers stay within range.
    gaussian = gaussian_kernel1d(sigma, 0, radius)[radius:]
    x = np.arange(radius + 1) / sigma
    squares = x * x

    def inner(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
        products = a * b * gaussian
        total = float(2 * products[1:].sum() + products[0])
        if a is b and not total > 0:
            raise ValueError(f"derivatives='exact' of order {order}: sigma {sigma} leaves too few weights above 0")
        return total

    newton = x.copy() if order % 2 else np.ones_like(x)
    polynomials: list[NDArray[np.float64]] = []
    for degree in range(order // 2 + 1):
        polynomial = newton.copy()
        for lower in polynomials * 2:
            polynomial -= inner(polynomial, lower) / inner(lower, lower) * lower
        polynomials.append(polynomial)
        newton *= squares - squares[degree + order % 2]
    weights = polynomials.pop()
    scale = math.prod(n / sigma for n in range(1, order + 1)) / inner(weights, weights)
    half = scale * weights * gaussian
    return np.concatenate([-half[:0:-1] if order % 2 else half[:0:-1], half])


# The factorial of no higher one is a float.
_MOST_EXACT_ORDER = 170


def check_exact(order: int, radius: int, axis: int) -> None:
    """Refuses derivatives that so few samples do not determine."""
    if order > _MOST_EXACT_ORDER:
        raise ValueError(
            f"derivatives='exact' takes orders of at most {_MOST_EXACT_ORDER}, found {said(order)} along axis {axis}"
        )
    if order > 2 * radius:
        least = (order + 1) // 2
        raise ValueError(
            f"derivatives='exact' of order {order} needs a radius of at least {least}, found {radius} along axis {axis}"
        )


def gaussian_weights(sigma: float, order: int, radius: int, exact: bool = False) -> Weights:
    """Correlation weights of a Gaussian's derivative, ready for the filter."""
    build = _kept_weights if radius <= _MOST_RADIUS_KEPT else _new_weights
    return build(sigma, order, radius, exact and order > 0)


def _new_weights(sigma: float, order: int, radius: int, exact: bool) -> Weights:
    if exact:
        return Weights(exact_weights1d(sigma, order, radius), 0)
    # A correlation takes the kernel turned round.
    kernel = gaussian_kernel1d(sigma, order, radius)
    turned = np.empty_like(kernel)
    for part, _ in _parts(radius):
        turned[part] = kernel[::-1][part]
    return Weights(turned, 0)


_kept_weights = lru_cache(maxsize=256)(_new_weights)


@overload
def radius(sigma: float | np.floating[Any] | np.integer[Any], truncate: float = 4.0) -> int: ...
@overload
def radius(sigma: Sequence[float] | NDArray[Any], truncate: float = 4.0) -> tuple[int, ...]: ...
def radius(sigma: Any, truncate: float = 4.0) -> int | tuple[int, ...]:
    """Distance in samples at which a Gaussian filter ends: ``int(truncate * sigma + 0.5)``, as in scipy.

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
    if isinstance(sigma, (Mapping, Set)):
        raise TypeError(f"sigma must be a number or a sequence of numbers, not {kind(sigma)}")
    if np.iterable(sigma) and not isinstance(sigma, (str, bytes)):
        return tuple(_radius_of(each, truncate) for each in sigma)
    return _radius_of(sigma, truncate)


def _radius_of(sigma: Any, truncate: Any) -> int:
    try:
        if not sigma > SIGMA_IDENTITY:
            return 0
    except TypeError:
        raise TypeError(f"sigma must be a number, not {said(sigma)}") from None
    distance = int(truncate * float(sigma) + 0.5)
    if distance < 0:
        raise ValueError(f"truncate {truncate} gives no radius for sigma {sigma}")
    return distance
