"""``gaussian_filter``, ``gaussian_filter1d`` and the stack call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausstack._arrays import Array, output_for
from gausstack._parameters import (
    Arithmetic,
    GaussianAxis,
    arithmetic,
    axis_index,
    gaussian_axes,
    gaussian_axis,
)
from gausstack._run import Request, copy, run
from gausstack._workers import worker_count


def gaussian_filter(
    input: ArrayLike,
    sigma: Any,
    order: Any = 0,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: float = 4.0,
    *,
    radius: Any = None,
    axes: Any = None,
    workers: int | None = None,
    precision: str = "native",
    rounding: str = "scipy",
    missing: str = "propagate",
) -> Array:
    """Smooth an array of any dimension, or take its derivatives: ``scipy.ndimage.gaussian_filter``.

    Parameters
    ----------
    input : array_like
        bool, integers of 8 to 64 bits, float32, float64, complex64 or complex128, of any strides. It is read where it lies; only
        arrays that are unaligned or of the other byte order are copied.
    sigma : float or sequence of floats
        Standard deviation in samples, one for all filtered axes or one for each. Up to 1e-15, and if it is negative or NaN, the axis
        is left alone.
    order : int or sequence of ints
        Derivative per filtered axis: 0 smooths, 1 is the slope, 2 the curvature.
    output : None, dtype, str or array
        Where the result goes: a new array of the input's type, a new array of another type, or an array of the input's shape, which
        may be the input or overlap it.
    mode : str or sequence of str
        What lies outside, per filtered axis: 'reflect' (d c b a | a b c d | d c b a), 'mirror' (d c b | a b c d | c b a), 'nearest',
        'wrap', 'constant', and 'grid-mirror', 'grid-wrap', 'grid-constant' for the first, fourth and fifth.
    cval : scalar
        The value outside in mode 'constant'.
    truncate : float
        Where the kernel ends, in sigmas: at ``int(truncate * sigma + 0.5)`` samples.
    radius : None, int or sequence
        The same in samples, per filtered axis.
    axes : None, int or sequence of ints
        The filtered axes; all others are loops. Parameters given per axis pair up with this list.
    workers : int, optional
        Threads: None is 1, or what `set_workers` says; -1 is all cores. Results have the same bits for any number.
    precision : {'native', 'double'}
        Sums of float32 images, and those that float32 results of bool and of 8 and 16 bits are made of: float32, within 2e-7 * max(abs(input)) *
        sum(abs(weights)) per axis (up to 3.8e-7 along one axis where an image stays near its maximum and sigma is above 10), or float64 with scipy's bits. All others
        have scipy's bits anyhow.
    rounding : {'scipy', 'nearest'}
        How sums become integers: cut toward zero after every axis as in scipy, or rounded once, to nearest, at the end (not for
        64 bits and bool).
    missing : {'propagate', 'ignore'}
        Whether NaN spreads as in scipy, or is left out: each result is the mean of the pixels that are there. For order 0 and
        real images.

    Returns
    -------
    ndarray
        In C order, or the output array that was given.

    Raises
    ------
    ValueError, TypeError, RuntimeError, OverflowError
        As scipy, but always before anything is written.
    KeyboardInterrupt
        On Ctrl-C; an array given as output is then partly written.

    Notes
    -----
    The time is proportional to ``input.size * sum(2 * radius + 1)``; memory is one row of tiles per thread beside both arrays. Along three axes
    missing data and integers that are rounded to nearest take one array more of the sums' type.

    Examples
    --------
    A stack of three images along the last axis, each smoothed by itself:

    >>> import numpy as np, gausstack
    >>> stack = np.random.default_rng(1).random((40, 50, 3), dtype=np.float32)
    >>> smooth = gausstack.gaussian_filter(stack, (3, 5), axes=(0, 1), workers=-1)
    >>> smooth.shape, smooth.dtype
    ((40, 50, 3), dtype('float32'))
    """
    image = np.asarray(input)
    sums, count = arithmetic(precision, rounding, missing), worker_count(workers)
    out = output_for(output, image)
    along = gaussian_axes(image.ndim, axes, sigma, order, mode, truncate, radius)
    _filter(image, out, along, cval, sums, count)
    return out


def gaussian_filter1d(
    input: ArrayLike,
    sigma: Any,
    axis: int = -1,
    order: int = 0,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    truncate: float = 4.0,
    *,
    radius: int | None = None,
    workers: int | None = None,
    precision: str = "native",
    rounding: str = "scipy",
    missing: str = "propagate",
) -> Array:
    """Filter one axis of an array: ``scipy.ndimage.gaussian_filter1d``.

    Parameters and errors are those of `gaussian_filter` for a single axis. As in scipy there is no sigma that leaves the axis alone: 0 is
    a ZeroDivisionError (scipy's result is NaN where it is numpy's 0).

    Examples
    --------
    >>> import gausstack
    >>> gausstack.gaussian_filter1d([1.0, 2.0, 3.0, 4.0, 5.0], 1)
    array([1.42704095, 2.06782203, 3.        , 3.93217797, 4.57295905])
    """
    image = np.asarray(input)
    sums, count = arithmetic(precision, rounding, missing), worker_count(workers)
    out = output_for(output, image, complex_sums=image.dtype.kind == "c")
    along = gaussian_axis(axis, image.ndim, sigma, order, mode, truncate, radius)
    _filter(image, out, [along], cval, sums, count)
    return out


def gaussian_filter_stack(
    data: ArrayLike,
    sigma: Any,
    axis: Any = 0,
    output: Any = None,
    workers: int | None = -1,
    *,
    order: Any = 0,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: float = 4.0,
    radius: Any = None,
    precision: str = "native",
    rounding: str = "scipy",
    missing: str = "propagate",
) -> Array:
    """Smooth every slice of a stack by itself, on all cores.

    It stands for the loop ``[gaussian_filter(np.take(data, i, axis), sigma) for i in range(data.shape[axis])]`` and the
    ``stack`` and ``moveaxis`` behind it.

    Parameters
    ----------
    data : array_like
        The stack, of any strides: slices need not be contiguous.
    sigma : float or sequence of floats
        Standard deviation in samples, one for all axes of a slice or one for each.
    axis : int or sequence of ints
        The axis, or axes, that count slices.
    workers : int, optional
        Threads; -1 is all cores, None what `set_workers` says.
    output, order, mode, cval, truncate, radius, precision, rounding, missing
        As those of `gaussian_filter`, whose ``axes`` are the axes of a slice.

    Returns
    -------
    ndarray
        The filtered stack, its axes as the input's and in memory as the input's; or the output array that was given.

    Examples
    --------
    >>> import numpy as np, gausstack
    >>> data = np.ones((300, 4, 500), dtype=np.float32)
    >>> gausstack.gaussian_filter_stack(data, (3, 5), axis=1).shape
    (300, 4, 500)
    """
    image = np.asarray(data)
    sums, count = arithmetic(precision, rounding, missing), worker_count(workers)
    out = output_for(output, image, keep_layout=True)
    counting = {axis_index(each, image.ndim) for each in ([axis] if np.isscalar(axis) else axis)}
    axes = [each for each in range(image.ndim) if each not in counting]
    along = gaussian_axes(image.ndim, axes, sigma, order, mode, truncate, radius)
    _filter(image, out, along, cval, sums, count)
    return out


def _filter(
    image: Array,
    out: Array,
    along: list[GaussianAxis],
    cval: Any,
    sums: Arithmetic,
    workers: int,
) -> None:
    if not along:
        copy(sums, image, out)
        return
    terms = [[(each.weights(), each.mode) for each in along]]
    axes = [each.axis for each in along]
    run(Request(axes, terms, False, cval, sums, workers), image, out)
