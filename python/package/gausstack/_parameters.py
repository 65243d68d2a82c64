"""scipy's rules for parameters: what is accepted, what it means, what is raised."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from gausstack._gausstack import Weights
from gausstack._kernel import SIGMA_IDENTITY, gaussian_weights

# Positions are squared as integers.
_MOST_RADIUS = 2**31 - 1

_MODES = {
    "reflect": "reflect",
    "grid-mirror": "reflect",
    "mirror": "mirror",
    "nearest": "nearest",
    "wrap": "wrap",
    "grid-wrap": "wrap",
    "constant": "constant",
    "grid-constant": "constant",
}


class Arithmetic(NamedTuple):
    """How sums are made."""

    double: bool
    nearest: bool
    ignore_nan: bool


def arithmetic(precision: str, rounding: str, missing: str) -> Arithmetic:
    """Of the three words."""
    return Arithmetic(
        _one_of("precision", precision, "native", "double"),
        _one_of("rounding", rounding, "scipy", "nearest"),
        _one_of("missing", missing, "propagate", "ignore"),
    )


def _one_of(name: str, value: str, first: str, second: str) -> bool:
    """Whether it is the second of two words."""
    if isinstance(value, str) and value in (first, second):
        return value == second
    raise ValueError(f"{name} must be '{first}' or '{second}', not {value!r}")


def listed_axes(axes: Any, ndim: int) -> tuple[int, ...]:
    """The filtered axes; a single one is not looked at any further, as in scipy."""
    if axes is None:
        return tuple(range(ndim))
    if np.isscalar(axes):
        return (operator.index(axes),)  # type: ignore[arg-type]
    if not isinstance(axes, Iterable):
        raise ValueError("axes must be an integer, iterable of integers, or None")
    listed = [operator.index(axis) for axis in axes]
    for axis in listed:
        if not -ndim <= axis < ndim:
            raise ValueError(f"specified axis: {axis} is out of range")
    wrapped = tuple(axis % ndim for axis in listed)
    if len(set(wrapped)) != len(wrapped):
        raise ValueError("axes must be unique")
    return wrapped


def axis_index(axis: Any, ndim: int) -> int:
    """An axis counted from the front."""
    index = operator.index(axis)
    if not -ndim <= index < ndim:
        raise np.exceptions.AxisError(index, ndim)
    return index % ndim


def per_axis(value: Any, count: int) -> list[Any]:
    """One value for each of so many axes."""
    if isinstance(value, str) or not np.iterable(value):
        return [value] * count
    values = list(value)
    if len(values) != count:
        raise RuntimeError("sequence argument must have length equal to input rank")
    return values


def boundary_mode(mode: Any) -> str:
    """One of the five modes by any of scipy's eight names."""
    if isinstance(mode, np.ndarray) and mode.ndim == 0:
        mode = mode.item()
    if isinstance(mode, str) and mode in _MODES:
        return _MODES[mode]
    raise RuntimeError("boundary mode not supported")


def real_number(value: Any) -> float:
    """A number as C takes one for a double."""
    return math.ldexp(value, 0)


def kernel_radius(sigma: float, truncate: Any, radius: Any) -> int:
    """The radius that was asked for, or else that of ``truncate``."""
    distance = int(truncate * sigma + 0.5)
    if radius is not None:
        distance = radius
    if not isinstance(distance, Integral) or distance < 0:
        raise ValueError("Radius must be a nonnegative integer.")
    if distance > _MOST_RADIUS:
        raise MemoryError(f"a radius of {distance} is more than any memory holds")
    return int(distance)


def derivative_order(order: Any) -> int:
    """An order of derivative."""
    if order < 0:
        raise ValueError("order must be non-negative")
    if order == 0:
        return 0
    if isinstance(order, (bool, np.bool_)):
        raise TypeError("order must be an integer, not a bool")
    return operator.index(order)


class GaussianAxis(NamedTuple):
    """One filtered axis, checked."""

    axis: int
    sigma: float
    order: int
    radius: int
    mode: str

    def weights(self) -> Weights:
        """The weights of the pass along it."""
        return gaussian_weights(self.sigma, self.order, self.radius)


def gaussian_axis(axis: Any, ndim: int, sigma: Any, order: Any, mode: Any, truncate: Any, radius: Any) -> GaussianAxis:
    """Checks in scipy's order: sigma, truncate, radius, order, axis, mode."""
    if isinstance(sigma, (str, bytes)):
        raise TypeError(f"sigma must be a number, not {sigma!r}")
    # In its own type a narrow sigma would overflow when it is squared.
    sigma = float(sigma)
    distance = kernel_radius(sigma, truncate, radius)
    return GaussianAxis(
        sigma=sigma,
        radius=distance,
        order=derivative_order(order),
        axis=axis_index(axis, ndim),
        mode=boundary_mode(mode),
    )


def gaussian_axes(
    ndim: int, axes: Any, sigma: Any, order: Any, mode: Any, truncate: Any, radius: Any
) -> list[GaussianAxis]:
    """The axes that are really filtered, in the order listed."""
    listed = listed_axes(axes, ndim)
    count = len(listed)
    orders = per_axis(order, count)
    sigmas = per_axis(sigma, count)
    modes = per_axis(mode, count)
    radii = per_axis(radius, count)
    return [
        gaussian_axis(listed[i], ndim, sigmas[i], orders[i], modes[i], truncate, radii[i])
        for i in range(count)
        if sigmas[i] > SIGMA_IDENTITY
    ]
