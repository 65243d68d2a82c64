"""``correlate1d`` and ``convolve1d``: weights of the caller's own."""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from gausstack._gausstack import Weights
from gausstack._inputs import Image, array_of, image_of
from gausstack._messages import said
from gausstack._outputs import output_for
from gausstack._parameters import Arithmetic, arithmetic, axis_index, boundary_mode
from gausstack._run import Request, run
from gausstack._types import Array, Missing, Mode, Precision, Rounding
from gausstack._workers import worker_count


def correlate1d(
    input: ArrayLike,
    weights: ArrayLike,
    axis: SupportsIndex = -1,
    output: Any = None,
    mode: Mode = "reflect",
    cval: complex = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: ArrayLike | None = None,
    fill: float | None = None,
) -> Array:
    """Correlate one axis of an array with weights: ``scipy.ndimage.correlate1d``.

    Parameters
    ----------
    weights : array_like
        Any number of numbers; complex ones are conjugated. The middle one, the right one of two, multiplies the sample ``origin`` in
        front of the pixel's own.
    origin : int
        From ``-(len(weights) // 2)`` to ``(len(weights) - 1) // 2``.
    mask : array_like of bool, optional
        **True where a pixel is valid** (`numpy.ma` has it the other way round: ``mask=~x.mask``).
    input, axis, output, mode, cval, workers, precision, rounding, missing, fill
        As those of `gaussian_filter1d`. Missing pixels can be left out with real weights that are not negative: what the others weigh is
        raised to the sum of all.

    Examples
    --------
    >>> import gausstack
    >>> gausstack.correlate1d([2, 8, 0, 4, 1, 9, 9, 0], weights=[1, 3])
    array([ 8, 26,  8, 12,  7, 28, 36,  9])
    """
    sums, count = arithmetic(precision, rounding, missing, mask, fill), worker_count(workers)
    image, listed = image_of(input, sums, mask), weights_of(weights)
    pixels, are_complex = image.pixels, listed.dtype.kind == "c"
    if are_complex and pixels.dtype.kind != "c" and np.iscomplexobj(cval):
        raise ValueError("Cannot provide a complex-valued cval when the input is real.")
    check_weights(listed)
    out = output_for(output, pixels, complex_sums=are_complex or pixels.dtype.kind == "c")
    along, moved, bordered = one_axis(pixels.ndim, len(listed), axis, origin, mode)
    if not are_complex:
        request = _request(listed, moved, along, bordered)
        out.fill(image, [along], lambda part, target: run(request, part, target, cval, sums, count))
        return out.returned(image, sums.missing)
    if image.valid is not None or sums.missing != "propagate":
        raise ValueError("masks and missing pixels need real weights, not complex ones")
    turned = listed.conj().astype(np.complex128)
    correlation = _Complex(
        _request(turned.real, moved, along, bordered), _request(turned.imag, moved, along, bordered), sums, count
    )
    out.fill(image, [along], lambda part, target: correlation.run(part.pixels, target, cval))
    return out.returned(image, sums.missing)


# What the items of a list of weights are, as a rule; and lists of so many are kept for further calls.
_NUMBERS = frozenset({int, float})
_MOST_LISTED = 64


def weights_of(weights: Any) -> Array:
    """Weights as numbers of float64, or complex ones."""
    if type(weights) in (list, tuple) and len(weights) <= _MOST_LISTED and _NUMBERS.issuperset(map(type, weights)):
        # (0 and -0 are equal, but not the same weight.)
        return _listed(repr(weights) if 0 in weights else "", *weights)
    return _numbers(weights)


@lru_cache(maxsize=64, typed=True)
def _listed(_: str, *weights: float) -> Array:
    listed = _numbers(weights)
    listed.flags.writeable = False
    return listed


def _numbers(weights: Any) -> Array:
    given = array_of(weights, "weights")
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise TypeError("weights are a masked array, of which masked ones would count: filled(0) leaves them out")
    listed = np.asarray(given)
    if listed.dtype.kind != "c":
        listed = listed.astype(np.float64, copy=False)
    return listed


def check_weights(weights: Array) -> None:
    """Refuses weights that are no line of them."""
    if weights.ndim != 1 or weights.shape[0] < 1:
        raise RuntimeError("no filter weights given")


def one_axis(ndim: int, taps: int, axis: Any, origin: Any, mode: Any) -> tuple[int, int, str]:
    """The axis, the origin and the mode of a correlation, checked in this order, which is scipy's."""
    where = axis_index(axis, ndim)
    if origin < -(taps // 2) or origin > (taps - 1) // 2:
        raise ValueError(f"Invalid origin {said(origin)}: {taps} weights take -{taps // 2} to {(taps - 1) // 2}")
    return where, operator.index(origin), boundary_mode(mode)


def convolve1d(
    input: ArrayLike,
    weights: ArrayLike,
    axis: SupportsIndex = -1,
    output: Any = None,
    mode: Mode = "reflect",
    cval: complex = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: ArrayLike | None = None,
    fill: float | None = None,
) -> Array:
    """Convolve one axis of an array with weights: ``scipy.ndimage.convolve1d``.

    Parameters are those of `correlate1d`, of which this takes the weights turned round. Of ``mask``, **True is valid**.

    Examples
    --------
    >>> import gausstack
    >>> gausstack.convolve1d([0.0, 1.0, 0.0, 0.0], weights=[3, 2, 1])
    array([3., 2., 1., 0.])
    """
    turned, moved = turned_round(weights, origin)
    return correlate1d(
        input,
        turned,
        axis,
        output,
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


def turned_round(weights: Any, origin: Any) -> tuple[Array, Any]:
    """The weights and the origin of the correlation that a convolution is."""
    listed = weights_of(weights)
    if listed.ndim == 0:
        check_weights(listed)
    turned = listed[::-1]
    # Conjugated here, since a correlation conjugates them.
    turned = turned.conj() if turned.dtype.kind == "c" else turned
    return turned, -origin - (1 - turned.shape[0] % 2)


# Requests of this many weights are kept for further calls: a megabyte at most, the filter's copies included.
_MOST_KEPT = 1025


def _request(weights: Array, origin: int, axis: int, mode: str) -> Request:
    """The correlation along an axis, that of an earlier call if the weights have the same bits."""
    if len(weights) > _MOST_KEPT:
        return _made(np.ascontiguousarray(weights), origin, axis, mode)
    return _kept(weights.tobytes(), origin, axis, mode)


@lru_cache(maxsize=64)
def _kept(weights: bytes, origin: int, axis: int, mode: str) -> Request:
    return _made(np.frombuffer(weights), origin, axis, mode)


def _made(weights: Array, origin: int, axis: int, mode: str) -> Request:
    return Request([axis], [[(Weights(weights, origin), mode)]])


class _Complex:
    """A correlation with complex weights, by their real parts and their imaginary ones."""

    def __init__(self, real: Request, imaginary: Request, sums: Arithmetic, workers: int) -> None:
        self.real, self.imaginary, self.sums, self.workers = real, imaginary, sums, workers

    def run(self, image: Array, out: Array, cval: Any) -> None:
        """By the parts of the image too: four correlations, or two of a real image."""
        result, own = out.real.dtype, image.real.dtype
        if image.dtype.kind != "c":
            real = self._new(image, self.real, cval, result)
            imaginary = self._new(image, self.imaginary, cval, result)
        else:
            constant, other = np.real(cval), np.imag(cval)
            real = self._new(image.real, self.real, constant, result)
            # (As in scipy what is added is of the input's type.)
            real -= self._new(image.imag, self.imaginary, other, own)
            imaginary = self._new(image.real, self.imaginary, constant, result)
            imaginary += self._new(image.imag, self.real, other, own)
        out.real, out.imag = real, imaginary

    def _new(self, image: Array, request: Request, cval: Any, dtype: np.dtype[Any]) -> Array:
        part = np.empty(image.shape, dtype=dtype.newbyteorder("="))
        run(request, Image(image), part, cval, self.sums, self.workers)
        return part
