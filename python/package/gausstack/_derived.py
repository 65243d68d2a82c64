"""``gaussian_laplace`` and ``gaussian_gradient_magnitude``: derivatives along each axis, combined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausstack._arrays import Array, output_for
from gausstack._kernel import SIGMA_IDENTITY
from gausstack._parameters import (
    Arithmetic,
    GaussianAxis,
    arithmetic,
    axis_index,
    gaussian_axis,
    listed_axes,
    per_axis,
)
from gausstack._run import IDENTITY, Request, copy, run
from gausstack._workers import worker_count


def gaussian_laplace(
    input: ArrayLike,
    sigma: Any,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    *,
    axes: Any = None,
    truncate: float = 4.0,
    radius: Any = None,
    workers: int | None = None,
    precision: str = "native",
    rounding: str = "scipy",
    missing: str = "propagate",
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
        Derivatives cannot leave pixels out.

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
    image = np.asarray(input)
    sums, count = arithmetic(precision, rounding, missing), worker_count(workers)
    out = output_for(output, image)
    terms = _derivatives(2, image.ndim, axes, sigma, mode, truncate, radius)
    _combine(terms, image, out, cval, sums, count, magnitude=False)
    return out


def gaussian_gradient_magnitude(
    input: ArrayLike,
    sigma: Any,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    *,
    axes: Any = None,
    truncate: float = 4.0,
    radius: Any = None,
    workers: int | None = None,
    precision: str = "native",
    rounding: str = "scipy",
    missing: str = "propagate",
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
    image = np.asarray(input)
    sums, count = arithmetic(precision, rounding, missing), worker_count(workers)
    out = output_for(output, image)
    terms = _derivatives(1, image.ndim, axes, sigma, mode, truncate, radius)
    _combine(terms, image, out, cval, sums, count, magnitude=True)
    return out


def _derivatives(
    order: int, ndim: int, axes: Any, sigma: Any, mode: Any, truncate: Any, radius: Any
) -> list[list[GaussianAxis]]:
    """A derivative along each listed axis, smoothed along the others, checked."""
    listed = [axis_index(axis, ndim) for axis in listed_axes(axes, ndim)]
    sigmas, modes = per_axis(sigma, len(listed)), per_axis(mode, len(listed))
    radii = per_axis(radius, len(listed))
    # As in scipy terms come in the order listed, and the axes of each from the first to the last.
    smoothed = [i for i in np.argsort(listed) if sigmas[i] > SIGMA_IDENTITY]
    return [
        [
            gaussian_axis(listed[i], ndim, sigmas[i], order if i == along else 0, modes[along], truncate, radii[i])
            for i in smoothed
        ]
        for along in range(len(listed))
    ]


def _combine(
    terms: list[list[GaussianAxis]],
    image: Array,
    out: Array,
    cval: Any,
    sums: Arithmetic,
    workers: int,
    *,
    magnitude: bool,
) -> None:
    if sums.ignore_nan:
        raise ValueError("missing='ignore' is for order 0: derivatives cannot leave pixels out")
    if not terms:
        copy(sums, image, out)
        return
    weighted = [[(each.weights(), each.mode) for each in term] for term in terms]
    axes = [each.axis for each in terms[0]]
    if not axes and sums.nearest:
        # Terms that are the image, still rounded once.
        axes, weighted = [0], [[IDENTITY] for _ in terms]
    request = Request(axes, weighted, magnitude, cval, sums, workers)
    # What numpy has a meaning of its own for: products of complex numbers and of bool, and terms that are the image.
    if "c" in (image.dtype.kind, out.dtype.kind) or out.dtype.kind == "b" or not axes:
        _combine_by_numpy(request, image, out)
    else:
        run(request, image, out)


def _combine_by_numpy(request: Request, image: Array, out: Array) -> None:
    def terms() -> Iterator[Array]:
        for weighted in request.terms:
            term = np.empty(image.shape, dtype=out.dtype.newbyteorder("="))
            if weighted:
                run(request._replace(terms=[weighted], magnitude=False), image, term)
            else:
                term[...] = image
            yield np.multiply(term, term, term) if request.magnitude else term

    if not out.flags.writeable:
        raise ValueError("output array is read-only.")
    each = terms()
    total = next(each)
    for term in each:
        total += term
    if request.magnitude:
        np.sqrt(total, total, casting="unsafe")
    out[...] = total
