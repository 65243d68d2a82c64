"""Filters of Dask arrays, chunk by chunk with the halos that they need: lazily, and with the bits of the call on the whole array.

(The gradient magnitude of complex numbers is within rounding of it: its products are numpy's, whose last bits depend on the place in memory.)

>>> import dask.array, gausstack.dask
>>> x = dask.array.ones((100, 400, 500), chunks=(10, 200, 200), dtype="float32")
>>> y = gausstack.dask.gaussian_filter(x, (3, 5), axes=(1, 2))          # nothing is computed yet
>>> y.shape, y.dtype
((100, 400, 500), dtype('float32'))

All functions take a Dask array, or what becomes one, and the parameters of the functions of the same names in `gausstack`, but for
``output``. Results are Dask arrays of the shape, the type and the chunks of the input, in this machine's byte order. Mistakes are raised
at once, not when the result is computed.

Chunks take a halo of the true radius along filtered axes, and none along others, which may be of unknown length. Modes hold at the
border of the array alone; 'wrap' takes its halo from the other end. Chunks shorter than a halo are merged with their neighbours for the
filter; axes shorter than it become one chunk. So do the filtered axes of an ``ideal`` Gaussian, which reaches over all of them.

``mask`` is an array or a Dask array of bool, **True where a pixel is valid**. A Dask array of masked arrays is filtered as a masked array
is: with missing='ignore' or missing='keep', whose result has masked chunks.

``workers`` are threads within a chunk: None is 1, since Dask has a worker for each core, or what `gausstack.set_workers` says in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gausstack import _correlate, _derived, _filters
from gausstack._halos import Call, Halo, dask_array, overlapped
from gausstack._parameters import (
    GaussianAxis,
    Kernels,
    checked_axis,
    derivatives_are_exact,
    gaussian_axes,
    ideal_tolerance,
)
from gausstack._types import Axes, Derivatives, Missing, Mode, Modes, Order, Precision, Radius, Rounding, Sigma

__all__ = [
    "convolve1d",
    "correlate1d",
    "gaussian_filter",
    "gaussian_filter1d",
    "gaussian_filter_stack",
    "gaussian_gradient_magnitude",
    "gaussian_laplace",
]


def gaussian_filter(
    x: Any,
    sigma: Sigma,
    order: Order = 0,
    mode: Modes = "reflect",
    cval: complex = 0.0,
    truncate: float = 4.0,
    *,
    radius: Radius = None,
    axes: Axes = None,
    workers: int | None = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: Any = None,
    fill: float | None = None,
    derivatives: Derivatives = "truncated",
    ideal: float | None = None,
) -> Any:
    """Smooth a Dask array, or take its derivatives: `gausstack.gaussian_filter`. Of ``mask``, **True is valid**."""
    x = dask_array(x)
    kernels = Kernels(truncate, derivatives_are_exact(derivatives), ideal_tolerance(ideal))
    along = gaussian_axes(x.ndim, axes, sigma, order, mode, radius, kernels)
    return _gaussian(x, along, mask, cval, workers, precision, rounding, missing, fill, derivatives, ideal)


def gaussian_filter1d(
    x: Any,
    sigma: SupportsFloat,
    axis: SupportsIndex = -1,
    order: SupportsIndex = 0,
    mode: Mode = "reflect",
    cval: complex = 0.0,
    truncate: float = 4.0,
    *,
    radius: SupportsIndex | None = None,
    workers: int | None = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: Any = None,
    fill: float | None = None,
    derivatives: Derivatives = "truncated",
    ideal: float | None = None,
) -> Any:
    """Filter one axis of a Dask array: `gausstack.gaussian_filter1d`. Of ``mask``, **True is valid**."""
    x = dask_array(x)
    kernels = Kernels(truncate, derivatives_are_exact(derivatives), ideal_tolerance(ideal))
    along = checked_axis(axis, x.ndim, sigma, order, mode, radius, kernels)
    call = Call(
        _filters.gaussian_filter1d,
        {
            "sigma": along.sigma,
            "axis": along.axis,
            "order": along.order,
            "mode": along.mode,
            "cval": cval,
            "truncate": 0.0,
            "radius": None if ideal is not None else along.radius,
            "workers": workers,
            "precision": precision,
            "rounding": rounding,
            "missing": missing,
            "fill": fill,
            "derivatives": derivatives,
            "ideal": ideal,
        },
    )
    return overlapped(call, x, _halos(x, [along]), mask)


def gaussian_filter_stack(
    x: Any,
    sigma: Sigma,
    axis: SupportsIndex | Sequence[SupportsIndex] | NDArray[np.integer[Any]] = 0,
    workers: int | None = None,
    *,
    order: Order = 0,
    mode: Modes = "reflect",
    cval: complex = 0.0,
    truncate: float = 4.0,
    radius: Radius = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: Any = None,
    fill: float | None = None,
    derivatives: Derivatives = "truncated",
    ideal: float | None = None,
) -> Any:
    """Smooth every slice of a Dask array by itself: `gausstack.gaussian_filter_stack`.

    Of ``mask``, **True is valid**; it has the shape of the stack, or of one slice to serve all.
    """
    x = dask_array(x)
    kernels = Kernels(truncate, derivatives_are_exact(derivatives), ideal_tolerance(ideal))
    axes, along = _filters.stack_axes(x.ndim, axis, sigma, order, mode, radius, kernels)
    if mask is not None and np.ndim(mask) == len(axes):
        mask = dask_array(mask)[tuple(slice(None) if each in axes else np.newaxis for each in range(x.ndim))]
    return _gaussian(x, along, mask, cval, workers, precision, rounding, missing, fill, derivatives, ideal)


def gaussian_laplace(
    x: Any,
    sigma: Sigma,
    mode: Modes = "reflect",
    cval: complex = 0.0,
    *,
    axes: Axes = None,
    truncate: float = 4.0,
    radius: Radius = None,
    workers: int | None = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Literal["propagate"] = "propagate",
    derivatives: Derivatives = "truncated",
    ideal: float | None = None,
) -> Any:
    """The Laplacian of a smoothed Dask array: `gausstack.gaussian_laplace`.

    Where derivatives have modes of their own, 'wrap' for one and another for the next, filtered axes become one chunk each.
    """
    arithmetic = {
        "precision": precision,
        "rounding": rounding,
        "missing": missing,
        "derivatives": derivatives,
        "ideal": ideal,
    }
    function = _derived.gaussian_laplace
    return _derivatives(function, 2, x, sigma, mode, cval, axes, truncate, radius, {"workers": workers, **arithmetic})


def gaussian_gradient_magnitude(
    x: Any,
    sigma: Sigma,
    mode: Modes = "reflect",
    cval: complex = 0.0,
    *,
    axes: Axes = None,
    truncate: float = 4.0,
    radius: Radius = None,
    workers: int | None = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Literal["propagate"] = "propagate",
    derivatives: Derivatives = "truncated",
    ideal: float | None = None,
) -> Any:
    """The magnitude of the gradient of a smoothed Dask array: `gausstack.gaussian_gradient_magnitude`. Modes as in `gaussian_laplace`."""
    arithmetic = {
        "precision": precision,
        "rounding": rounding,
        "missing": missing,
        "derivatives": derivatives,
        "ideal": ideal,
    }
    function = _derived.gaussian_gradient_magnitude
    return _derivatives(function, 1, x, sigma, mode, cval, axes, truncate, radius, {"workers": workers, **arithmetic})


def correlate1d(
    x: Any,
    weights: ArrayLike,
    axis: SupportsIndex = -1,
    mode: Mode = "reflect",
    cval: complex = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: Any = None,
    fill: float | None = None,
) -> Any:
    """Correlate one axis of a Dask array with weights: `gausstack.correlate1d`. Of ``mask``, **True is valid**."""
    x, listed = dask_array(x), _correlate.weights_of(weights)
    _correlate.check_weights(listed)
    along, moved, bordered = _correlate.one_axis(x.ndim, len(listed), axis, origin, mode)
    left = len(listed) // 2
    halo = Halo(max(left + moved, len(listed) - 1 - left - moved), {bordered})
    arithmetic = {"precision": precision, "rounding": rounding, "missing": missing, "fill": fill, "workers": workers}
    parameters = {"weights": listed, "axis": along, "mode": bordered, "cval": cval, "origin": moved}
    return overlapped(Call(_correlate.correlate1d, parameters | arithmetic), x, {along: halo}, mask)


def convolve1d(
    x: Any,
    weights: ArrayLike,
    axis: SupportsIndex = -1,
    mode: Mode = "reflect",
    cval: complex = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: Any = None,
    fill: float | None = None,
) -> Any:
    """Convolve one axis of a Dask array with weights: `gausstack.convolve1d`. Of ``mask``, **True is valid**."""
    turned, moved = _correlate.turned_round(weights, origin)
    return correlate1d(
        x,
        turned,
        axis,
        mode,
        cval,
        moved,
        workers=workers,
        precision=precision,
        rounding=rounding,
        missing=missing,
        mask=mask,
        fill=fill,
    )


def _gaussian(
    x: Any,
    along: Sequence[GaussianAxis],
    mask: Any,
    cval: Any,
    workers: Any,
    precision: Any,
    rounding: Any,
    missing: Any,
    fill: Any,
    derivatives: Any,
    ideal: Any,
) -> Any:
    parameters = {
        "sigma": [each.sigma for each in along],
        "order": [each.order for each in along],
        "mode": [each.mode for each in along],
        "cval": cval,
        "truncate": 0.0,
        "radius": None if ideal is not None else [each.radius for each in along],
        "axes": [each.axis for each in along],
        "workers": workers,
        "precision": precision,
        "rounding": rounding,
        "missing": missing,
        "fill": fill,
        "derivatives": derivatives,
        "ideal": ideal,
    }
    return overlapped(Call(_filters.gaussian_filter, parameters), x, _halos(x, along), mask)


def _derivatives(
    function: Any,
    order: int,
    x: Any,
    sigma: Any,
    mode: Any,
    cval: Any,
    axes: Any,
    truncate: Any,
    radius: Any,
    arithmetic: dict[str, Any],
) -> Any:
    x = dask_array(x)
    kernels = Kernels(truncate, derivatives_are_exact(arithmetic["derivatives"]), ideal_tolerance(arithmetic["ideal"]))
    terms = _derived.derivative_terms(order, x.ndim, axes, sigma, mode, radius, kernels)
    parameters = {"sigma": sigma, "mode": mode, "cval": cval, "axes": axes, "truncate": truncate, "radius": radius}
    call = Call(function, parameters | arithmetic)
    return overlapped(call, x, _halos(x, [each for term in terms for each in term]))


def _halos(x: Any, along: Sequence[GaussianAxis]) -> dict[int, Halo]:
    """One halo for each axis, whatever terms filter it: the whole axis for an ideal Gaussian, whose bits depend on its length."""
    modes: dict[int, set[str]] = {}
    for each in along:
        modes.setdefault(each.axis, set()).add(each.mode)
    return {
        each.axis: Halo(each.radius if each.ideal is None else x.shape[each.axis], modes[each.axis]) for each in along
    }
