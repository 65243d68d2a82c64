"""From checked parameters to pixels: real arrays as they lie, complex ones by their parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gausstack._arrays import Array, check_types, copy_of
from gausstack._gausstack import Filter, Weights
from gausstack._parameters import Arithmetic, real_number
from gausstack._workers import pool_of

#: A pass that changes nothing.
IDENTITY = (Weights(np.ones(1), 0), "reflect")

# Fewer elements are never shared among threads.
_LITTLE = 256


class Request(NamedTuple):
    """A filter of weighted sums along some axes. Each term has the weights and the mode of every axis."""

    axes: Sequence[int]
    terms: Sequence[Sequence[tuple[Weights, str]]]
    magnitude: bool
    cval: Any
    arithmetic: Arithmetic
    workers: int


def run(request: Request, image: Array, out: Array) -> None:
    """Filters an image into an array of its shape, which may be the same or overlap."""
    if image.dtype.kind != "c":
        _run_real(request, image, out, request.cval)
        return
    if out.dtype.kind != "c":
        raise RuntimeError("output must have complex dtype")
    if request.arithmetic.ignore_nan:
        raise ValueError("missing='ignore' is for real input, not for complex")
    if not out.flags.writeable:
        raise ValueError("output array is read-only.")
    real, imaginary = real_number(np.real(request.cval)), real_number(np.imag(request.cval))
    if np.may_share_memory(image, out) and not _is_same(image, out):
        # Its imaginary part shall not be overwritten by the real part of the result.
        image = image.copy()
    _run_real(request, image.real, out.real, real)
    _run_real(request, image.imag, out.imag, imaginary)


def copy(sums: Arithmetic, image: Array, out: Array) -> None:
    """What becomes of an image of which no axis is filtered: numpy's conversion, or its numbers rounded to nearest."""
    if sums.nearest and image.ndim > 0 and out.dtype.kind in "biu":
        run(Request([0], [[IDENTITY]], False, 0.0, sums, 1), image, out)
    else:
        copy_of(image, out)


def _run_real(request: Request, image: Array, out: Array, cval: Any) -> None:
    check_types(image, out)
    double, nearest, ignore_nan = request.arithmetic
    if nearest and (out.dtype.kind == "b" or (out.dtype.kind in "iu" and out.dtype.itemsize == 8)):
        raise ValueError(f"{out.dtype} cannot be rounded to nearest; rounding='scipy' makes it as scipy does")
    made = Filter(
        request.axes,
        request.terms,
        magnitude=request.magnitude,
        cval=real_number(cval),
        double=double,
        nearest=nearest,
        ignore_nan=ignore_nan,
    )
    # Little work is done by this thread anyhow: no others need be started for it.
    pool = pool_of(request.workers) if out.size > _LITTLE else None
    copied = made.apply(image, out, pool)
    if not copied:
        return
    target = out
    if copied & Filter.COPY_INPUT:
        image = np.array(image, dtype=image.dtype.newbyteorder("="), copy=True)
    if copied & Filter.COPY_OUTPUT:
        target = np.empty(out.shape, dtype=out.dtype.newbyteorder("="))
    if made.apply(image, target, pool):
        raise RuntimeError("a copy of an array cannot be filtered")
    if target is not out:
        out[...] = target


def _is_same(image: Array, out: Array) -> bool:
    a, b = image.__array_interface__, out.__array_interface__
    return all(a[key] == b[key] for key in ("data", "shape", "strides", "typestr"))
