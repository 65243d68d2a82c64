"""``gaussian_laplace`` and ``gaussian_gradient_magnitude``: derivatives along each axis, combined."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from gausstack._gaussians import Gaussians
from gausstack._inputs import Image, image_of
from gausstack._outputs import Output, output_for
from gausstack._parameters import (
    Arithmetic,
    GaussianAxis,
    Kernels,
    arithmetic,
    axis_index,
    checked_axis,
    derivatives_are_exact,
    ideal_tolerance,
    is_filtered,
    listed_axes,
    per_axis,
    refuse_pairs_with_set,
)
from gausstack._remembered import remembered
from gausstack._run import IDENTITY, Request, copy, run
from gausstack._types import Array, Axes, Derivatives, Modes, Precision, Radius, Rounding, Sigma
from gausstack._workers import worker_count


def gaussian_laplace(
    input: ArrayLike,
    sigma: Sigma,
    output: Any = None,
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
) -> Array:
    """The Laplacian of a smoothed image: ``scipy.ndimage.gaussian_laplace``.

    The sum of the second derivatives along the filtered axes, each smoothed along the others.

    Parameters
    ----------
    sigma : float or sequence of floats
        Standard deviation in samples, one for all filtered axes or one for each.
    mode : str or sequence of str
        What lies outside, one for all or, as in scipy, one for each *derivative*, along all axes of it.
    axes : None, int or sequence of ints
        The filtered axes; all others are loops.
    truncate, radius
        Where kernels end, as in `gaussian_filter`; a sequence of radii has one for each filtered axis.
    input, output, cval, workers, precision, rounding
        As those of `gaussian_filter`. The output may be the input, where scipy is wrong.
    missing : {'propagate'}
        Derivatives cannot leave pixels out: NaN spreads, and masked pixels of a masked array (`numpy.ma`) are an error.
    derivatives : {'truncated', 'exact'}
        Weights of the second derivatives, as in `gaussian_filter`. Those of scipy are off by what is cut from the kernel: of an image that
        is 1000 everywhere they make a Laplacian of -0.14 at sigma 1, with ``truncate=6`` one of -0.0004, and with 'exact' one of 0.
    ideal : float, optional
        A tolerance of Gaussians that are truncated nowhere, as in `gaussian_filter`.

    Notes
    -----
    Along three axes and more each further term takes an array of the output's shape.

    Terms are added up in the type of the output, as in scipy: those of unsigned integers wrap round. ``output=np.float32`` is better.

    Examples
    --------
    >>> import numpy as np, gausstack
    >>> y, x = np.mgrid[-30:31, -35:36].astype(float)
    >>> round(float(gausstack.gaussian_laplace(y * y + x * x, 2)[30, 35]), 2)
    3.98
    """
    sums, count = _arithmetic(precision, rounding, missing), worker_count(workers)
    image = _image_of(input, sums)
    out = output_for(output, image.pixels)
    gaussians = _derivatives(
        2, image.pixels.ndim, axes, sigma, mode, radius, truncate, derivatives, ideal_tolerance(ideal)
    )
    return _combined(gaussians, image, out, cval, sums, count)


def gaussian_gradient_magnitude(
    input: ArrayLike,
    sigma: Sigma,
    output: Any = None,
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
) -> Array:
    """The magnitude of the gradient of a smoothed image: ``scipy.ndimage.gaussian_gradient_magnitude``.

    The root of the sum of the squares of the first derivatives along the filtered axes, each smoothed along the others.

    Parameters are those of `gaussian_laplace`. With ``axes`` the other axes are left alone, and a sequence of sigmas has one for each of
    ``axes``, as scipy's documentation says (scipy smooths the other axes too).

    Examples
    --------
    >>> import numpy as np, gausstack
    >>> y, x = np.mgrid[:60, :70].astype(float)
    >>> round(float(gausstack.gaussian_gradient_magnitude(3 * y + 4 * x, 2)[30, 35]), 2)
    5.0
    """
    sums, count = _arithmetic(precision, rounding, missing), worker_count(workers)
    image = _image_of(input, sums)
    out = output_for(output, image.pixels)
    gaussians = _derivatives(
        1, image.pixels.ndim, axes, sigma, mode, radius, truncate, derivatives, ideal_tolerance(ideal)
    )
    return _combined(gaussians, image, out, cval, sums, count)


def _arithmetic(precision: Any, rounding: Any, missing: Any) -> Arithmetic:
    sums = arithmetic(precision, rounding, missing)
    if sums.missing != "propagate":
        raise ValueError(f"missing='{sums.missing}' is for order 0: derivatives cannot leave pixels out")
    return sums


def _image_of(input: Any, sums: Arithmetic) -> Image:
    if isinstance(input, np.ma.MaskedArray) and np.ma.is_masked(input):
        count = int(np.count_nonzero(np.ma.getmaskarray(input)))
        raise ValueError(
            f"input is a masked array of which {count} pixels are masked, and derivatives cannot leave pixels out: input.data or "
            "input.filled(number) has numbers everywhere"
        )
    return image_of(input, sums)


@remembered
def _derivatives(
    order: int,
    ndim: int,
    axes: Any,
    sigma: Any,
    mode: Any,
    radius: Any,
    truncate: Any,
    derivatives: Any,
    ideal: float | None,
) -> Gaussians:
    kernels = Kernels(truncate, derivatives_are_exact(derivatives), ideal)
    terms = derivative_terms(order, ndim, axes, sigma, mode, radius, kernels)
    return Gaussians(terms, is_magnitude=order == 1)


def derivative_terms(
    order: int, ndim: int, axes: Any, sigma: Any, mode: Any, radius: Any, kernels: Kernels
) -> tuple[tuple[GaussianAxis, ...], ...]:
    """A derivative along each listed axis, smoothed along the others, checked."""
    listed = [axis_index(axis, ndim) for axis in listed_axes(axes, ndim)]
    sigmas, modes = per_axis("sigma", sigma, len(listed)), per_axis("mode", mode, len(listed))
    radii = per_axis("radius", radius, len(listed))
    if isinstance(axes, Set) and len(listed) > 1:
        refuse_pairs_with_set(sigma=sigma, mode=mode, radius=radius)
    # As in scipy terms come in the order listed, and the axes of each from the first to the last.
    smoothed = [i for i in np.argsort(listed) if is_filtered(sigmas[i], listed[i])]
    kernels = kernels.along(len(smoothed))
    return tuple(
        tuple(
            checked_axis(listed[i], ndim, sigmas[i], order if i == along else 0, modes[along], radii[i], kernels)
            for i in smoothed
        )
        for along in range(len(listed))
    )


def _combined(gaussians: Gaussians, image: Image, out: Output, cval: Any, sums: Arithmetic, workers: int) -> Array:
    request = gaussians.request()
    if request.terms and not request.axes and sums.nearest:
        # Terms that are the image, still rounded once.
        identities = [[IDENTITY] for _ in request.terms]
        request = Request([0], identities, is_magnitude=request.is_magnitude)

    def combined(part: Image, target: Array) -> None:
        # What numpy has a meaning of its own for: products of complex numbers and of bool, and terms that are the image.
        is_bool = target.dtype.kind == "b" and not sums.nearest
        if not request.terms:
            copy(sums, part, target)
        elif "c" in (part.pixels.dtype.kind, target.dtype.kind) or is_bool or not request.axes:
            _combine_by_numpy(request, part.pixels, target, cval, sums, workers)
        else:
            run(request, part, target, cval, sums, workers)

    out.fill(image, gaussians.axes, combined)
    return out.returned(image, sums.missing)


def _combine_by_numpy(request: Request, image: Array, out: Array, cval: Any, sums: Arithmetic, workers: int) -> None:
    def terms() -> Iterator[Array]:
        for weighted in request.terms:
            term = np.empty(image.shape, dtype=out.dtype.newbyteorder("="))
            if weighted:
                run(Request(request.axes, [weighted]), Image(image), term, cval, sums, workers)
            else:
                term[...] = image
            yield np.multiply(term, term, term) if request.is_magnitude else term

    if not out.flags.writeable:
        raise ValueError("output array is read-only.")
    each = terms()
    total = next(each)
    for term in each:
        total += term
    if request.is_magnitude:
        np.sqrt(total, total, casting="unsafe")
    out[...] = total
