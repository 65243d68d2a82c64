"""From checked parameters to pixels: real arrays as they lie, complex ones by their parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gausstack._arrays import check_types, copy_of
from gausstack._gausstack import Filter, Weights
from gausstack._inputs import Image, copied_mask
from gausstack._parameters import Arithmetic, real_number
from gausstack._types import Array

#: A pass that changes nothing.
IDENTITY = (Weights(np.ones(1), 0), "reflect")


class Request:
    """A filter of weighted sums along some axes. Each term has the weights and the mode of every axis."""

    __slots__ = ("_filters", "axes", "is_magnitude", "terms")

    def __init__(
        self, axes: Sequence[int], terms: Sequence[Sequence[tuple[Weights, str]]], *, is_magnitude: bool = False
    ) -> None:
        self.axes, self.terms, self.is_magnitude = axes, terms, is_magnitude
        self._filters: dict[Arithmetic, Filter] = {}

    def filter(self, sums: Arithmetic) -> Filter:
        """The extension's filter: made once for sums without a fill value. (Fill values of 0 and -0 are equal, their results are not.)"""
        made = self._filters.get(sums)
        if made is None:
            double, nearest, missing, fill = sums
            made = Filter(
                self.axes,
                self.terms,
                magnitude=self.is_magnitude,
                double=double,
                nearest=nearest,
                missing=missing,
                fill=fill,
            )
            if fill is None:
                self._filters[sums] = made
        return made


def run(request: Request, image: Image, out: Array, cval: Any, sums: Arithmetic, workers: int) -> None:
    """Filters an image into an array of its shape, which may be the same or overlap."""
    pixels, valid = image.pixels, image.valid
    if pixels.dtype.kind == "c":
        _run_complex(request, image, out, cval, sums, workers)
        return
    if valid is not None or sums.missing != "propagate":
        check_types(pixels, out)
        _fill_value(sums, out.dtype)
    made = request.filter(sums)
    target = out
    # (It refuses whatever cannot be filtered before it looks at the number outside: the errors come in this order.)
    copied = made.apply(pixels, out, workers, cval, valid)
    if copied:
        check_types(pixels, out)
        if copied & Filter.COPY_INPUT:
            pixels = np.array(pixels, dtype=pixels.dtype.newbyteorder("="), copy=True)
        if copied & Filter.COPY_OUTPUT:
            target = np.empty(out.shape, dtype=out.dtype.newbyteorder("="))
        if valid is not None and copied & Filter.COPY_MASK:
            valid = copied_mask(valid)
        if made.apply(pixels, target, workers, cval, valid):
            raise RuntimeError("a copy of an array cannot be filtered")
    if sums.nearest and target.dtype.kind == "b":
        # Bytes were rounded: those of 2 and more are True.
        levels = target.view(np.uint8)
        np.minimum(levels, 1, out=levels)
    if target is not out:
        out[...] = target


def _run_complex(request: Request, image: Image, out: Array, cval: Any, sums: Arithmetic, workers: int) -> None:
    pixels = image.pixels
    if out.dtype.kind != "c":
        raise RuntimeError("output must have complex dtype")
    if sums.missing != "propagate":
        raise ValueError(f"missing='{sums.missing}' is for real input, not for complex")
    if image.valid is not None:
        raise ValueError("masks are for real input, not for complex: filter the real and the imaginary parts")
    if not out.flags.writeable:
        raise ValueError("output array is read-only.")
    real, imaginary = real_number(np.real(cval)), real_number(np.imag(cval))
    if np.may_share_memory(pixels, out) and not _is_same(pixels, out):
        # Its imaginary part shall not be overwritten by the real part of the result.
        pixels = pixels.copy()
    run(request, Image(pixels.real), out.real, real, sums, workers)
    run(request, Image(pixels.imag), out.imag, imaginary, sums, workers)


def copy(sums: Arithmetic, image: Image, out: Array) -> None:
    """What becomes of an image of which no axis is filtered: numpy's conversion, or its numbers rounded to nearest.

    Pixels that are missing become the fill value: there is nothing else within their kernel.
    """
    pixels = image.pixels
    gone = None if image.valid is None else ~image.valid
    if sums.missing != "propagate" and pixels.dtype.kind == "f":
        gone = np.isnan(pixels) if gone is None else gone | np.isnan(pixels)
    if gone is not None and "c" in (pixels.dtype.kind, out.dtype.kind):
        raise ValueError("masks and missing pixels are for real input and output, not for complex")
    fill = None if gone is None else _fill_value(sums, out.dtype)
    same_integers = pixels.dtype.newbyteorder("=") == out.dtype.newbyteorder("=")
    if sums.nearest and pixels.ndim > 0 and out.dtype.kind in "biu" and not same_integers:
        plain = sums._replace(missing="propagate", fill=None)
        run(Request([0], [[IDENTITY]]), Image(pixels), out, 0.0, plain, 1)
    else:
        with np.errstate(invalid=None if gone is None else "ignore"):
            copy_of(pixels, out)
    if gone is not None:
        out[gone] = fill


def _fill_value(sums: Arithmetic, dtype: np.dtype[Any]) -> Any:
    """The value of pixels that are missing, in the output's type; an error if that does not hold it."""
    if sums.fill is None:
        return dtype.type(0 if dtype.kind in "biu" else np.nan)
    if dtype.kind == "b":
        held = sums.fill in (0, 1)
    elif dtype.kind in "iu":
        info = np.iinfo(dtype)
        held = sums.fill.is_integer() and info.min <= int(sums.fill) <= info.max
    else:
        with np.errstate(over="ignore"):
            held = bool(np.isfinite(dtype.type(sums.fill))) or not np.isfinite(sums.fill)
    if not held:
        raise ValueError(f"{dtype} does not hold the fill value {sums.fill!r}")
    return dtype.type(int(sums.fill) if dtype.kind in "iu" else sums.fill)


def _is_same(image: Array, out: Array) -> bool:
    a, b = image.__array_interface__, out.__array_interface__
    return all(a[key] == b[key] for key in ("data", "shape", "strides", "typestr"))
