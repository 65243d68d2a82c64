"""scipy's rules for parameters: what is accepted, what it means, what is raised."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterable, Mapping, Sequence, Set
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from gausstack._gausstack import Weights
from gausstack._kernel import SIGMA_IDENTITY, check_exact, gaussian_weights
from gausstack._messages import kind, said

# Positions are squared as integers.
_MOST_RADIUS = 2**31 - 1

# Weights of no higher order are numbers, and they take a matrix of this many rows.
_MOST_ORDER = 1000

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
    """How sums are made, and of which pixels."""

    double: bool
    nearest: bool
    #: 'propagate', 'ignore' or 'keep'.
    missing: str = "propagate"
    #: The value of a result of no pixel; None is NaN, of integers 0.
    fill: float | None = None


_PRECISIONS = ("native", "double")
_ROUNDINGS = ("scipy", "nearest")
_MISSING = ("propagate", "ignore", "keep")

_ARITHMETIC = {
    words: Arithmetic(words[0] == "double", words[1] == "nearest", words[2])
    for words in itertools.product(_PRECISIONS, _ROUNDINGS, _MISSING)
}


def arithmetic(precision: Any, rounding: Any, missing: Any, mask: Any = None, fill: Any = None) -> Arithmetic:
    """Of the words, and the value for results of no pixel."""
    try:
        sums = _ARITHMETIC[precision, rounding, missing]
    except (KeyError, TypeError):
        words = (
            _one_of("precision", precision, *_PRECISIONS),
            _one_of("rounding", rounding, *_ROUNDINGS),
            _one_of("missing", missing, *_MISSING),
        )
        sums = _ARITHMETIC[words]
    if fill is None:
        return sums
    sums = sums._replace(fill=_fill_value(fill))
    if mask is None and sums.missing == "propagate":
        raise ValueError("fill is for results of no pixel: it needs mask=, missing='ignore' or missing='keep'")
    return sums


def _one_of(name: str, value: Any, *words: str) -> str:
    """One of some words."""
    if isinstance(value, str) and value in words:
        return words[words.index(value)]
    quoted = [f"'{word}'" for word in words]
    raise ValueError(f"{name} must be {', '.join(quoted[:-1])} or {quoted[-1]}, not {said(value)}")


def _fill_value(fill: Any) -> float:
    try:
        return real_number(fill)
    except (TypeError, OverflowError):
        raise TypeError(f"fill must be a real number, not {said(fill)}") from None


def derivatives_are_exact(derivatives: Any) -> bool:
    """Whether weights of derivatives are exact on polynomials."""
    return _one_of("derivatives", derivatives, "truncated", "exact") == "exact"


def listed_axes(axes: Any, ndim: int) -> tuple[int, ...]:
    """The filtered axes; a single one is not looked at any further, as in scipy."""
    if axes is None:
        return tuple(range(ndim))
    if np.isscalar(axes):
        return (operator.index(axes),)  # type: ignore[arg-type]
    if not isinstance(axes, Iterable):
        raise ValueError("axes must be an integer, iterable of integers, or None")
    if isinstance(axes, Mapping):
        raise TypeError(f"axes must be an integer or a sequence of integers, not {kind(axes)}")
    listed = [operator.index(axis) for axis in axes]
    for axis in listed:
        if not -ndim <= axis < ndim:
            raise ValueError(f"specified axis: {said(axis)} is out of range")
    wrapped = tuple(axis % ndim for axis in listed)
    if len(set(wrapped)) != len(wrapped):
        raise ValueError("axes must be unique")
    return wrapped


def axis_index(axis: Any, ndim: int) -> int:
    """An axis counted from the front."""
    index = operator.index(axis)
    if not -ndim <= index < ndim:
        if abs(index) >= 2**31:
            raise np.exceptions.AxisError(f"axis {said(index)} is out of bounds for array of dimension {ndim}")
        raise np.exceptions.AxisError(index, ndim)
    return index % ndim


def per_axis(name: str, value: Any, count: int) -> list[Any]:
    """One value for each of so many axes."""
    if isinstance(value, (str, bytes, bytearray)) or not np.iterable(value):
        return [value] * count
    if isinstance(value, (Mapping, Set)) or np.ma.is_masked(value):
        what = "a masked array" if np.ma.is_masked(value) else kind(value)
        raise TypeError(f"{name} must be one value, or a sequence with one for each axis, not {what}")
    values = list(value)
    if len(values) != count:
        # (The words are scipy's.)
        raise RuntimeError(
            f"sequence argument must have length equal to input rank: {name} has {len(values)} values for {count} filtered axes"
        )
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


def is_filtered(sigma: Any, axis: int) -> bool:
    """Whether an axis is filtered, or left alone."""
    try:
        return bool(sigma > SIGMA_IDENTITY)
    except TypeError:
        raise TypeError(f"sigma of axis {axis} must be a number, not {said(sigma)}; 0 leaves an axis alone") from None


def kernel_radius(sigma: float, truncate: Any, radius: Any) -> int:
    """The radius that was asked for, or else that of ``truncate``."""
    distance = int(truncate * sigma + 0.5)
    if radius is not None:
        distance = radius
    if not isinstance(distance, Integral) or distance < 0:
        raise ValueError("Radius must be a nonnegative integer.")
    if distance > _MOST_RADIUS:
        raise MemoryError(f"a radius of {said(int(distance))} is more than any memory holds")
    return int(distance)


def derivative_order(order: Any) -> int:
    """An order of derivative."""
    if order < 0:
        raise ValueError("order must be non-negative")
    if order == 0:
        return 0
    if isinstance(order, (bool, np.bool_)):
        raise TypeError("order must be an integer, not a bool")
    number = operator.index(order)
    if number > _MOST_ORDER:
        raise ValueError(f"order must be at most {_MOST_ORDER}, found {said(number)}")
    return number


class GaussianAxis(NamedTuple):
    """One filtered axis, checked."""

    axis: int
    sigma: float
    order: int
    radius: int
    mode: str
    exact: bool
    ideal: float | None = None

    def weights(self) -> Weights:
        """The weights of the pass along it."""
        if self.ideal is not None:
            return Weights.ideal(self.sigma, self.order, self.ideal, self.axis)
        return gaussian_weights(self.sigma, self.order, self.radius, self.exact)


class Kernels(NamedTuple):
    """What weights depend on, beside the values of each axis."""

    truncate: Any
    exact: bool
    #: The tolerance of ideal Gaussians, of all filtered axes together.
    ideal: float | None = None

    def along(self, axes: int) -> Kernels:
        """The same for each of so many filtered axes, whose errors add up."""
        if self.ideal is None or axes == 0:
            return self
        return self._replace(ideal=math.expm1(math.log1p(self.ideal) / axes))


def ideal_tolerance(ideal: Any) -> float | None:
    """The tolerance of ideal Gaussians; None for truncated ones."""
    if ideal is None:
        return None
    try:
        tolerance = real_number(ideal)
    except (TypeError, OverflowError):
        raise TypeError(f"ideal must be a real number, not {said(ideal)}") from None
    if not 0 < tolerance < 1:
        raise ValueError(f"ideal must be above 0 and below 1, found {tolerance}")
    return tolerance


def checked_axis(
    axis: Any, ndim: int, sigma: Any, order: Any, mode: Any, radius: Any, kernels: Kernels
) -> GaussianAxis:
    """Checks in scipy's order: sigma, truncate, radius, order, axis, mode."""
    number = _sigma_as_float(sigma)
    if kernels.ideal is not None:
        return _ideal_axis(axis, ndim, number, order, mode, radius, kernels)
    distance = kernel_radius(number, kernels.truncate, radius)
    checked = GaussianAxis(
        # (In its own type a narrow sigma would overflow when it is squared.)
        sigma=number,
        radius=distance,
        order=derivative_order(order),
        axis=axis_index(axis, ndim),
        mode=boundary_mode(mode),
        exact=kernels.exact,
    )
    if checked.exact:
        check_exact(checked.order, checked.radius, checked.axis)
    return checked


#: At least the radius of an ideal Gaussian's weights at any tolerance, in sigmas.
_IDEAL_REACH = 10

#: Derivatives of an ideal Gaussian have no higher order.
_MOST_IDEAL_ORDER = 2


def _ideal_axis(
    axis: Any, ndim: int, sigma: float, order: Any, mode: Any, radius: Any, kernels: Kernels
) -> GaussianAxis:
    """An axis along which the Gaussian ends nowhere."""
    if radius is not None:
        raise ValueError(f"radius is for truncated kernels: with ideal={kernels.ideal} there is none")
    number = derivative_order(order)
    if number > _MOST_IDEAL_ORDER:
        raise ValueError(f"ideal takes orders of at most {_MOST_IDEAL_ORDER}, found {number}")
    if number and kernels.exact:
        raise ValueError("derivatives='exact' is for truncated kernels: an ideal Gaussian has weights of its own")
    return GaussianAxis(
        sigma=sigma,
        radius=kernel_radius(sigma, _IDEAL_REACH, None),
        order=number,
        axis=axis_index(axis, ndim),
        mode=boundary_mode(mode),
        exact=False,
        ideal=kernels.ideal,
    )


def _sigma_as_float(sigma: Any) -> float:
    if not isinstance(sigma, (str, bytes, bytearray)):
        try:
            return float(sigma)
        except TypeError:
            pass
    raise TypeError(f"sigma must be a number, not {said(sigma)}")


def gaussian_axes(
    ndim: int, axes: Any, sigma: Any, order: Any, mode: Any, radius: Any, kernels: Kernels
) -> tuple[GaussianAxis, ...]:
    """The axes that are really filtered, in the order listed."""
    listed = listed_axes(axes, ndim)
    count = len(listed)
    orders = per_axis("order", order, count)
    sigmas = per_axis("sigma", sigma, count)
    modes = per_axis("mode", mode, count)
    radii = per_axis("radius", radius, count)
    if isinstance(axes, Set) and count > 1:
        refuse_pairs_with_set(sigma=sigma, order=order, mode=mode, radius=radius)
    smoothed = [i for i in range(count) if is_filtered(sigmas[i], listed[i])]
    kernels = kernels.along(len(smoothed))
    return tuple(checked_axis(listed[i], ndim, sigmas[i], orders[i], modes[i], radii[i], kernels) for i in smoothed)


def refuse_pairs_with_set(**values: Any) -> None:
    """Refuses sequences of values for axes that come in no order."""
    for name, value in values.items():
        if not isinstance(value, (str, bytes)) and np.iterable(value):
            raise TypeError(f"axes is a set, which has no order for the values of {name} to go by: list the axes")


def refuse_derivatives(along: Sequence[GaussianAxis], missing: str) -> None:
    """Refuses derivatives of images with missing pixels."""
    for each in along:
        if each.order:
            raise ValueError(
                f"{missing} is for order 0: derivatives cannot leave pixels out, found order {each.order} along axis {each.axis}"
            )
