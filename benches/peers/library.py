"""The Rust side, loaded: requests in C's layout and the calls."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_size_t, c_ssize_t, c_void_p
from pathlib import Path

import numpy as np

from problem import Problem, weights


class ForeignArray(Structure):
    """``ForeignArray`` of src/boundary.rs."""

    _fields_ = [("data", c_void_p), ("strides", POINTER(c_ssize_t)), ("element", c_char)]


class Request(Structure):
    """``Request`` of src/boundary.rs."""

    _fields_ = [
        ("axes", c_size_t),
        ("shape", POINTER(c_size_t)),
        ("source", ForeignArray),
        ("target", ForeignArray),
        ("sigma", POINTER(c_double)),
        ("order", POINTER(c_size_t)),
        ("taps", POINTER(c_size_t)),
        ("weights", POINTER(c_double)),
        ("mode", c_char_p),
        ("level", c_char_p),
        ("double", c_bool),
        ("cut", c_bool),
        ("threads", c_size_t),
    ]


class Library:
    """The entries of the cdylib ``gausstack-peers``."""

    FILTERS = ("gausstack", "libblur", "libblur_fixed", "libblur_exact", "imageproc", "ndarray_ndimage")
    COPY = "copy_streaming"

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))
        for name in (*self.FILTERS, self.COPY):
            self._entry(name, c_bool, POINTER(Request))
        self._arithmetic = self._entry("arithmetic", c_bool, POINTER(Request), POINTER(c_double))
        self._error = self._entry("error", c_char_p)
        self._machine = self._entry("machine", c_char_p)

    def _entry(self, name: str, result: type, *arguments: type):
        entry = getattr(self._library, f"gausstack_peers_{name}")
        entry.restype, entry.argtypes = result, list(arguments)
        return entry

    def machine(self) -> list[str]:
        """The lines of the machine card."""
        return self._machine().decode().splitlines()

    def levels(self) -> list[str]:
        """The instruction levels of this CPU, weakest first, as the card lists them."""
        (line,) = (line for line in self.machine() if line.startswith("levels "))
        return [name.strip() for name in line.removeprefix("levels ").split(",")]

    def filter(self, name: str, request: Request) -> None:
        """Runs one of ``FILTERS``, or ``COPY`` on f32."""
        if not getattr(self._library, f"gausstack_peers_{name}")(request):
            raise RuntimeError(f"{name}: {self._error().decode()}")

    def arithmetic(self, request: Request) -> float:
        """Runs a loop of the request's arithmetic; its time times the result is the floor."""
        scale = c_double()
        if not self._arithmetic(request, scale):
            raise RuntimeError(f"arithmetic: {self._error().decode()}")
        return scale.value


def request(
    problem: Problem,
    threads: int,
    level: str | None = None,
    double: bool = False,
    cut: bool = False,
    scipy_weights: bool = False,
) -> Request:
    """A problem in C's layout. The arrays must outlive the request; its other memory it keeps itself."""
    axes = len(problem.sigma)
    made = Request(
        axes=axes,
        shape=(c_size_t * axes)(*problem.source.shape),
        source=_foreign(problem.source),
        target=_foreign(problem.target),
        sigma=(c_double * axes)(*problem.sigma),
        order=(c_size_t * axes)(*problem.orders),
        mode=problem.mode.encode(),
        level=level.encode() if level else None,
        double=double,
        cut=cut,
        threads=threads,
    )
    if scipy_weights:
        kernels = {axis: weights(problem.sigma[axis], problem.orders[axis]) for axis in problem.filtered}
        taps = [len(kernels.get(axis, ())) for axis in range(axes)]
        made.taps = (c_size_t * axes)(*taps)
        made.weights = (c_double * sum(taps))(*np.concatenate(list(kernels.values())))
    return made


def _foreign(array: np.ndarray) -> ForeignArray:
    return ForeignArray(
        data=array.ctypes.data,
        strides=(c_ssize_t * array.ndim)(*array.strides),
        element=array.dtype.char.encode(),
    )
