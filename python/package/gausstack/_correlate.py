"""``correlate1d`` and ``convolve1d``: weights of the caller's own."""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import Any, NamedTuple, SupportsIndex

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
    pixels = image.pixels
    if listed.dtype.kind == "c" and pixels.dtype.kind != "c" and np.iscomplexobj(cval):
        raise ValueError("Cannot provide a complex-valued cval when the input is real.")
    check_weights(listed)
    out = output_for(output, pixels, complex_sums="c" in (pixels.dtype.kind, listed.dtype.kind))
    along = one_axis(pixels.ndim, len(listed), axis, origin, mode)
    if listed.dtype.kind != "c":
        correlation = _Along(along, sums, count)
        out.fill(image, [along.axis], lambda part, target: correlation.run(part, listed, target, cval))
        return out.returned(image, sums.missing)
    if image.valid is not None or sums.missing != "propagate":
        raise ValueError("masks and missing pixels need real weights, not complex ones")
    correlation, turned = _Along(along, sums, count), listed.conj().astype(np.complex128)
    out.fill(
        image, [along.axis], lambda part, target: correlation.with_complex_weights(part.pixels, turned, target, cval)
    )
    return out.returned(image, sums.missing)


def weights_of(weights: Any) -> Array:
    """Weights as numbers of float64, or complex ones."""
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


class OneAxis(NamedTuple):
    """The axis of a correlation, checked."""

    axis: int
    origin: int
    mode: str


def one_axis(ndim: int, taps: int, axis: Any, origin: Any, mode: Any) -> OneAxis:
    """Checks in scipy's order: axis, origin, mode."""
    where = axis_index(axis, ndim)
    if origin < -(taps // 2) or origin > (taps - 1) // 2:
        raise ValueError(f"Invalid origin {said(origin)}: {taps} weights take -{taps // 2} to {(taps - 1) // 2}")
    return OneAxis(where, operator.index(origin), boundary_mode(mode))


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


# Weights of this many numbers are kept for further calls: half a megabyte at most.
_MOST_KEPT = 1025


def _made(weights: Array, origin: int) -> Weights:
    """The weights of an axis, those of earlier calls if they have the same bits."""
    listed = np.ascontiguousarray(weights, dtype=np.float64)
    return Weights(listed, origin) if len(listed) > _MOST_KEPT else _kept(listed.tobytes(), origin)


@lru_cache(maxsize=64)
def _kept(weights: bytes, origin: int) -> Weights:
    return Weights(np.frombuffer(weights), origin)


class _Along:
    """A correlation along one axis, but for its weights."""

    def __init__(self, along: OneAxis, sums: Arithmetic, workers: int) -> None:
        self.along, self.sums, self.workers = along, sums, workers

    def run(self, image: Image, weights: Array, out: Array, cval: Any) -> None:
        made = _made(weights, self.along.origin)
        run(Request([self.along.axis], [[(made, self.along.mode)]], False, cval, self.sums, self.workers), image, out)

    def with_complex_weights(self, image: Array, weights: Array, out: Array, cval: Any) -> None:
        """By the real parts, and the imaginary ones, of both: four correlations, or two of a real image."""
        result, own = out.real.dtype, image.real.dtype
        if image.dtype.kind != "c":
            real = self._new(image, weights.real, cval, result)
            imaginary = self._new(image, weights.imag, cval, result)
        else:
            constant, other = np.real(cval), np.imag(cval)
            real = self._new(image.real, weights.real, constant, result)
            # (As in scipy what is added is of the input's type.)
            real -= self._new(image.imag, weights.imag, other, own)
            imaginary = self._new(image.real, weights.imag, constant, result)
            imaginary += self._new(image.imag, weights.real, other, own)
        out.real, out.imag = real, imaginary

    def _new(self, image: Array, weights: Array, cval: Any, dtype: np.dtype[Any]) -> Array:
        part = np.empty(image.shape, dtype=dtype.newbyteorder("="))
        self.run(Image(image), weights, part, cval)
        return part
