"""``correlate1d`` and ``convolve1d``: weights of the caller's own."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausstack._arrays import Array, output_for
from gausstack._gausstack import Weights
from gausstack._parameters import Arithmetic, arithmetic, axis_index, boundary_mode
from gausstack._run import Request, run
from gausstack._workers import worker_count


def correlate1d(
    input: ArrayLike,
    weights: ArrayLike,
    axis: int = -1,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
    precision: str = "native",
    rounding: str = "scipy",
    missing: str = "propagate",
) -> Array:
    """Correlate one axis of an array with weights: ``scipy.ndimage.correlate1d``.

    Parameters
    ----------
    weights : array_like
        Any number of numbers; complex ones are conjugated. The middle one, the right one of two, multiplies the sample ``origin`` in
        front of the pixel's own.
    origin : int
        From ``-(len(weights) // 2)`` to ``(len(weights) - 1) // 2``.
    input, axis, output, mode, cval, workers, precision, rounding, missing
        As those of `gaussian_filter1d`. Missing pixels can be left out with weights that are not negative.

    Examples
    --------
    >>> import gausstack
    >>> gausstack.correlate1d([2, 8, 0, 4, 1, 9, 9, 0], weights=[1, 3])
    array([ 8, 26,  8, 12,  7, 28, 36,  9])
    """
    image, listed = np.asarray(input), np.asarray(weights)
    sums, count = arithmetic(precision, rounding, missing), worker_count(workers)
    is_complex = "c" in (image.dtype.kind, listed.dtype.kind)
    out = output_for(output, image, complex_sums=is_complex)
    if listed.dtype.kind != "c":
        listed = listed.astype(np.float64, copy=False)
    elif image.dtype.kind != "c" and np.iscomplexobj(cval):
        raise ValueError("Cannot provide a complex-valued cval when the input is real.")
    if listed.ndim != 1 or listed.shape[0] < 1:
        raise RuntimeError("no filter weights given")
    where = axis_index(axis, image.ndim)
    taps = len(listed)
    if origin < -(taps // 2) or origin > (taps - 1) // 2:
        raise ValueError(f"Invalid origin {origin}: {taps} weights take -{taps // 2} to {(taps - 1) // 2}")
    along = _Along(where, operator.index(origin), boundary_mode(mode), sums, count)
    if listed.dtype.kind == "c":
        along.with_complex_weights(image, listed.conj().astype(np.complex128), out, cval)
    else:
        along.run(image, listed, out, cval)
    return out


def convolve1d(
    input: ArrayLike,
    weights: ArrayLike,
    axis: int = -1,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
    precision: str = "native",
    rounding: str = "scipy",
    missing: str = "propagate",
) -> Array:
    """Convolve one axis of an array with weights: ``scipy.ndimage.convolve1d``.

    Parameters are those of `correlate1d`, of which this takes the weights turned round.

    Examples
    --------
    >>> import gausstack
    >>> gausstack.convolve1d([0.0, 1.0, 0.0, 0.0], weights=[3, 2, 1])
    array([3., 2., 1., 0.])
    """
    turned = np.asarray(weights)[::-1]
    # Conjugated here, since a correlation conjugates them.
    turned = turned.conj() if turned.dtype.kind == "c" else turned
    return correlate1d(
        input,
        turned,
        axis,
        output,
        mode,
        cval,
        -origin - (1 - turned.shape[0] % 2),
        workers=workers,
        precision=precision,
        rounding=rounding,
        missing=missing,
    )


class _Along:
    """A correlation along one axis, but for its weights."""

    def __init__(self, axis: int, origin: int, mode: str, sums: Arithmetic, workers: int) -> None:
        self.axis, self.origin, self.mode = axis, origin, mode
        self.sums, self.workers = sums, workers

    def run(self, image: Array, weights: Array, out: Array, cval: Any) -> None:
        made = Weights(np.ascontiguousarray(weights, dtype=np.float64), self.origin)
        run(Request([self.axis], [[(made, self.mode)]], False, cval, self.sums, self.workers), image, out)

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
        self.run(image, weights, part, cval)
        return part
