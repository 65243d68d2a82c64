"""Inputs on which a fast filter may fall off a cliff: gausstack alone, against its own standard case."""

from __future__ import annotations

from dataclasses import replace

from bars import Bar
from contenders import Entrant, Field
from inputs import IMAGE, SIGMA, Size, fresh, touched
from problem import Problem

BASE = "w1"
# The slices that smaller ones are compared with.
SMALL = "1000 slices of 64 x 64"

MODES = ("mirror", "nearest", "wrap", "constant")

ON_PIXELS = Bar(BASE, 1.6, "pixel")
ON_MODES = Bar(BASE, 1.15, "pixel")
ON_SLICES = Bar(SMALL, 1.0, "slice")


def cliffs(field: Field, size: Size) -> list[Entrant]:
    """The standard case first, then every input with its bar."""
    base = fresh(size(*IMAGE), SIGMA)
    cases = [
        *((name, problem, ON_PIXELS) for name, problem in _shapes(size).items()),
        *((name, problem, ON_SLICES) for name, problem in _tiny_slices(size).items()),
        *((name, problem, ON_PIXELS) for name, problem in _layouts(base).items()),
        *((name, problem, ON_PIXELS) for name, problem in _parameters(base).items()),
        *((f"mode {mode}", replace(base, mode=mode), ON_MODES) for mode in MODES),
    ]
    entrants = [field.gausstack(problem, name).held_to(bar) for name, problem, bar in cases]
    return [field.gausstack(base, BASE), *entrants]


def _shapes(size: Size) -> dict[str, Problem]:
    """Rows a power of two apart, small slices, and images that are interleaved."""
    return {
        "1024 x 4096": fresh(size(1024, 4096), SIGMA),
        "1024 x 8192": fresh(size(1024, 8192), SIGMA),
        "1024 x 18432": fresh(size(1024, 18432), SIGMA),
        "4096 x 4096": fresh(size(4096, 4096), SIGMA),
        SMALL: fresh((*size(1000), 64, 64), (0.0, *SIGMA)),
        "(1000, 1000, 16), slices along the last axis": fresh((*size(1000, 1000), 16), (*SIGMA, 0.0)),
        "(1080, 1920, 3), channels last": fresh((*size(1080, 1920), 3), (*SIGMA, 0.0)),
    }


def _tiny_slices(size: Size) -> dict[str, Problem]:
    """Slices shorter than the kernel: what counts is a slice, since a pixel has more border."""
    return {
        "4000 slices of 32 x 32": fresh((*size(4000), 32, 32), (0.0, *SIGMA)),
        "16000 slices of 16 x 16": fresh((*size(16000), 16, 16), (0.0, *SIGMA)),
    }


def _layouts(base: Problem) -> dict[str, Problem]:
    """The standard image, in other places."""
    fortran = touched(base.source.shape, order="F")
    fortran[...] = base.source
    into_fortran = touched(base.source.shape, order="F")
    return {
        "Fortran order": replace(base, source=fortran, target=into_fortran),
        "C order to Fortran order": replace(base, target=into_fortran),
        "both axes reversed": replace(base, source=base.source[::-1, ::-1]),
    }


def _parameters(base: Problem) -> dict[str, Problem]:
    """The standard image, filtered in other ways."""
    return {
        "sigma on axis 0 only": replace(base, sigma=(SIGMA[0], 0.0)),
        "sigma on axis 1 only": replace(base, sigma=(0.0, SIGMA[1])),
        "order 1, 0": replace(base, order=(1, 0)),
        "order 0, 1": replace(base, order=(0, 1)),
        "order 2, 2": replace(base, order=(2, 2)),
    }
