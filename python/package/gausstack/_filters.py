"""``gaussian_filter``, ``gaussian_filter1d`` and the stack call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gausstack._gaussians import Gaussians
from gausstack._inputs import Image, array_of, image_of
from gausstack._messages import said
from gausstack._outputs import Output, output_for
from gausstack._parameters import (
    Arithmetic,
    GaussianAxis,
    Kernels,
    arithmetic,
    axis_index,
    checked_axis,
    derivatives_are_exact,
    gaussian_axes,
    ideal_tolerance,
    refuse_derivatives,
)
from gausstack._remembered import remembered
from gausstack._run import copy, run
from gausstack._types import Array, Axes, Derivatives, Missing, Mode, Modes, Order, Precision, Radius, Rounding, Sigma
from gausstack._workers import worker_count


def gaussian_filter(
    input: ArrayLike,
    sigma: Sigma,
    order: Order = 0,
    output: Any = None,
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
    mask: ArrayLike | None = None,
    fill: float | None = None,
    derivatives: Derivatives = "truncated",
    ideal: float | None = None,
) -> Array:
    """Smooth an array of any dimension, or take its derivatives: ``scipy.ndimage.gaussian_filter``.

    Parameters
    ----------
    input : array_like
        bool, integers of 8 to 64 bits, float32, float64, complex64 or complex128, of any strides. It is read where it lies; only
        arrays that are unaligned or of the other byte order are copied. Masked pixels of a masked array (`numpy.ma`) are an error unless
        ``missing`` says what becomes of them.
    sigma : float or sequence of floats
        Standard deviation in samples, one for all filtered axes or one for each. Up to 1e-15, and if it is negative or NaN, the axis
        is left alone.
    order : int or sequence of ints
        Derivative per filtered axis: 0 smooths, 1 is the slope, 2 the curvature.
    output : None, dtype, str, array or dataset
        Where the result goes: a new array of the input's type, a new array of another type, or an array of the input's shape, which
        may be the input or overlap it. A dataset of HDF5 (h5py) or Zarr, and what else can be assigned to by slices, is written slab by
        slab along the first axis that is not filtered, or whole. Anything else is a TypeError before anything is done.
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
        Threads: None is 1, or what `set_workers` says; -1 is all CPUs that the process may use (affinity, quota of its control group),
        and larger numbers are no more than those. Results have the same bits for any number.
    precision : {'native', 'double'}
        Sums of float32 images, and those that float32 results of bool and of 8 and 16 bits are made of: float32, within 2e-7 * max(abs(input)) *
        sum(abs(weights)) per axis (up to 3.8e-7 along one axis where an image stays near its maximum and sigma is above 10), or float64 with scipy's bits. All others
        have scipy's bits anyhow.
    rounding : {'scipy', 'nearest'}
        How sums become integers: cut toward zero after every axis as in scipy, so that flat areas may lose a level and masks of bool lose
        pixels, or rounded once, to nearest, at the end. Halves go to the even number; bool is True above 0.5; numbers beyond the type
        become its least or largest.
    missing : {'propagate', 'ignore', 'keep'}
        What becomes of NaN and of masked pixels. 'propagate': NaN spreads as in scipy, and masked pixels of a masked array are an error.
        'ignore': they are left out, and each result is the weighted mean of the valid pixels within the kernel, also where the pixel
        itself is missing. 'keep': the same, but missing pixels stay missing: they become ``fill``, and of a masked array the result is
        a masked array with the same mask. For order 0 and real images.
    mask : array_like of bool, optional
        **True where a pixel is valid**, as in numpy's ``where=``; the masks of `numpy.ma` are the other way round: hand in the masked
        array itself, or ``mask=~x.mask``. It broadcasts to the input's shape. Pixels whose mask is False are left out, whatever they
        are and for integers too; ``missing`` then decides about NaN among the others, and 'keep' about all.
    fill : float, optional
        The value of a result with no valid pixel within its kernel, and with missing='keep' of all missing pixels: NaN by default, of
        integers 0.
    derivatives : {'truncated', 'exact'}
        Weights of derivatives: those of scipy, which are off by what is cut from the kernel (a flat 1000 has a second derivative of
        -0.07 along each axis at sigma 1, and -0.0002 with ``truncate=6``), or weights that are exact on polynomials up to their order: 0
        on those of lower degree, and n! on x^n. They need a radius of half the order at least. For order 0 they are the same.
    ideal : float, optional
        A tolerance above 0 and below 1: the Gaussian is truncated nowhere, each result is within ``ideal * max(abs(input))`` of it and the rounding
        of the sums (a derivative of order n along an axis within that over ``sigma**n``), and a large sigma takes no longer than a small one.
        From 1e-7 on for float32 sums, from 1e-13 on for float64. It replaces ``truncate``, takes no ``radius`` and no orders above 2, and
        integers need ``rounding='nearest'``.

    Returns
    -------
    ndarray
        In C order, or the output that was given. With missing='keep' a masked array has a new masked array as its result.

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

    Without a dead pixel, which the mask of valid pixels leaves out:

    >>> counts = np.full((40, 50), 1000, dtype=np.uint16)
    >>> counts[20, 20] = 0
    >>> int(gausstack.gaussian_filter(counts, 2, mask=counts > 0).min())
    1000
    """
    sums, count = arithmetic(precision, rounding, missing, mask, fill), worker_count(workers)
    image = image_of(input, sums, mask)
    out = output_for(output, image.pixels)
    gaussians = _along_axes(
        image.pixels.ndim, axes, sigma, order, mode, radius, truncate, derivatives, ideal_tolerance(ideal)
    )
    return _filtered(image, out, gaussians, cval, sums, count)


def gaussian_filter1d(
    input: ArrayLike,
    sigma: SupportsFloat,
    axis: SupportsIndex = -1,
    order: SupportsIndex = 0,
    output: Any = None,
    mode: Mode = "reflect",
    cval: complex = 0.0,
    truncate: float = 4.0,
    *,
    radius: SupportsIndex | None = None,
    workers: int | None = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: ArrayLike | None = None,
    fill: float | None = None,
    derivatives: Derivatives = "truncated",
    ideal: float | None = None,
) -> Array:
    """Filter one axis of an array: ``scipy.ndimage.gaussian_filter1d``.

    Of ``mask``, **True is valid**. Parameters and errors are those of `gaussian_filter` for a single axis. As in scipy there is no sigma that leaves the axis alone: 0 is
    a ZeroDivisionError (scipy's result is NaN where it is numpy's 0).

    Examples
    --------
    >>> import gausstack
    >>> gausstack.gaussian_filter1d([1.0, 2.0, 3.0, 4.0, 5.0], 1)
    array([1.42704095, 2.06782203, 3.        , 3.93217797, 4.57295905])
    """
    sums, count = arithmetic(precision, rounding, missing, mask, fill), worker_count(workers)
    image = image_of(input, sums, mask)
    out = output_for(output, image.pixels, complex_sums=image.pixels.dtype.kind == "c")
    gaussians = _along_axis(
        axis, image.pixels.ndim, sigma, order, mode, radius, truncate, derivatives, ideal_tolerance(ideal)
    )
    return _filtered(image, out, gaussians, cval, sums, count)


def gaussian_filter_stack(
    data: ArrayLike,
    sigma: Sigma,
    axis: SupportsIndex | Sequence[SupportsIndex] | NDArray[np.integer[Any]] = 0,
    output: Any = None,
    workers: int | None = -1,
    *,
    order: Order = 0,
    mode: Modes = "reflect",
    cval: complex = 0.0,
    truncate: float = 4.0,
    radius: Radius = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: ArrayLike | None = None,
    fill: float | None = None,
    derivatives: Derivatives = "truncated",
    ideal: float | None = None,
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
        Threads; -1 is all CPUs that the process may use, None what `set_workers` says.
    mask : array_like of bool, optional
        **True where a pixel is valid** (`numpy.ma` has it the other way round: ``mask=~x.mask``), of the shape of the stack, or of one
        slice to serve all of them.
    output, order, mode, cval, truncate, radius, precision, rounding, missing, fill, derivatives, ideal
        As those of `gaussian_filter`, whose ``axes`` are the axes of a slice.

    Returns
    -------
    ndarray
        The filtered stack, its axes as the input's and in memory as the input's; or the output that was given.

    Examples
    --------
    >>> import numpy as np, gausstack
    >>> data = np.ones((300, 4, 500), dtype=np.float32)
    >>> gausstack.gaussian_filter_stack(data, (3, 5), axis=1).shape
    (300, 4, 500)
    """
    sums, count = arithmetic(precision, rounding, missing, mask, fill), worker_count(workers)
    array = array_of(data, "input")
    axes, gaussians = _within_slices(
        array.ndim, axis, sigma, order, mode, radius, truncate, derivatives, ideal_tolerance(ideal)
    )
    image = image_of(array, sums, mask, slice_axes=axes)
    out = output_for(output, image.pixels, keep_layout=True)
    return _filtered(image, out, gaussians, cval, sums, count)


def stack_axes(
    ndim: int, axis: Any, sigma: Any, order: Any, mode: Any, radius: Any, kernels: Kernels
) -> tuple[list[int], tuple[GaussianAxis, ...]]:
    """The axes of a slice, and those of them that are filtered."""
    counting = sorted({axis_index(each, ndim) for each in _listed(axis)})
    axes = [each for each in range(ndim) if each not in counting]
    for name, value in (("sigma", sigma), ("order", order), ("mode", mode), ("radius", radius)):
        if isinstance(value, (list, tuple, np.ndarray)) and np.ndim(value) and len(value) != len(axes):
            which = f"axis {counting[0]} counts" if len(counting) == 1 else f"axes {tuple(counting)} count"
            raise RuntimeError(
                f"{name} has {len(value)} values for the {len(axes)} axes of a slice: of {ndim} axes, {which} slices"
            )
    return axes, gaussian_axes(ndim, axes, sigma, order, mode, radius, kernels)


def _listed(axis: Any) -> Any:
    if axis is None or isinstance(axis, (str, Mapping)):
        raise TypeError(f"axis must be an integer or a sequence of integers, not {said(axis)}")
    return axis if np.iterable(axis) else [axis]


@remembered
def _along_axes(
    ndim: int,
    axes: Any,
    sigma: Any,
    order: Any,
    mode: Any,
    radius: Any,
    truncate: Any,
    derivatives: Any,
    ideal: float | None,
) -> Gaussians:
    kernels = Kernels(truncate, derivatives_are_exact(derivatives), ideal)
    return Gaussians((gaussian_axes(ndim, axes, sigma, order, mode, radius, kernels),))


@remembered
def _along_axis(
    axis: Any,
    ndim: int,
    sigma: Any,
    order: Any,
    mode: Any,
    radius: Any,
    truncate: Any,
    derivatives: Any,
    ideal: float | None,
) -> Gaussians:
    kernels = Kernels(truncate, derivatives_are_exact(derivatives), ideal)
    return Gaussians(((checked_axis(axis, ndim, sigma, order, mode, radius, kernels),),))


@remembered
def _within_slices(
    ndim: int,
    axis: Any,
    sigma: Any,
    order: Any,
    mode: Any,
    radius: Any,
    truncate: Any,
    derivatives: Any,
    ideal: float | None,
) -> tuple[list[int], Gaussians]:
    kernels = Kernels(truncate, derivatives_are_exact(derivatives), ideal)
    axes, along = stack_axes(ndim, axis, sigma, order, mode, radius, kernels)
    return axes, Gaussians((along,))


def _filtered(image: Image, out: Output, gaussians: Gaussians, cval: Any, sums: Arithmetic, workers: int) -> Array:
    if image.valid is not None or sums.missing != "propagate":
        what = "mask=" if sums.missing == "propagate" else f"missing='{sums.missing}'"
        refuse_derivatives(gaussians.terms[0], what)
    request = gaussians.request()

    def filtered(part: Image, target: Array) -> None:
        if request.axes:
            run(request, part, target, cval, sums, workers)
        else:
            copy(sums, part, target)

    out.fill(image, request.axes, filtered)
    return out.returned(image, sums.missing)
