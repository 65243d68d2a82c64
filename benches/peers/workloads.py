"""What is filtered: every workload with its arrays and contenders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable

import numpy as np

from contenders import Entrant, Field
from problem import Problem, noise, touched

# The image of the standard case, and its sigmas.
IMAGE = (3000, 5000)
SIGMA = (3.0, 5.0)


@dataclass(frozen=True)
class Size:
    """Lengths as they are raced, or shortened for a run that only looks at answers."""

    quick: bool

    def __call__(self, *lengths: int) -> tuple[int, ...]:
        """Lengths of image axes, and numbers of slices."""
        return tuple(max(1, length // 5) for length in lengths) if self.quick else lengths


@dataclass(frozen=True)
class Workload:
    """Contenders on one kind of input. Times are of a part: of one slice of a stack, say."""

    name: str
    title: str
    enter: Callable[[Field, Size], list[Entrant]]
    all_threads: bool = False
    parts: int = 1

    @property
    def family(self) -> str:
        """The name without what tells its members apart: w2 of w2-8."""
        return self.name.split("-")[0]


def _problem(shape: tuple[int, ...], sigma: tuple[float, ...], dtype: str = "f4") -> Problem:
    return Problem(noise(shape, dtype), touched(shape, dtype), sigma)


def _image(field: Field, size: Size) -> list[Entrant]:
    problem = _problem(size(*IMAGE), SIGMA)
    weaker = field.library.levels()[:-1]
    return [
        field.copy(problem),
        field.arithmetic(problem),
        field.scipy(problem),
        field.opencv(problem),
        field.halide(problem),
        field.rust("libblur", problem),
        field.rust("imageproc", problem, check="interior", remark="repeats the edge; copies in and out"),
        field.rust("ndarray_ndimage", problem, remark="copies out"),
        field.gausstack(problem),
        *(field.gausstack(problem, f"gausstack {level}", level=level) for level in reversed(weaker)),
        field.gausstack(problem, "gausstack double", double=True, scipy_weights=True),
    ]


def _view(field: Field, size: Size) -> list[Entrant]:
    height, width = size(*IMAGE)
    stack = _problem((height, 4, width), (SIGMA[0], 0.0, SIGMA[1]))
    return _peers(field, stack.images[1])


def _peers(field: Field, problem: Problem, **how: bool) -> list[Entrant]:
    return [
        field.copy(problem),
        field.scipy(problem),
        field.opencv(problem),
        field.halide(problem),
        field.gausstack(problem, **how),
    ]


def _stack(field: Field, size: Size) -> list[Entrant]:
    height, width = size(*IMAGE)
    between = _problem((height, SLICES, width), (SIGMA[0], 0.0, SIGMA[1]))
    # The same memory as sixteen images one behind the other.
    packed = Problem(
        between.source.reshape(SLICES, height, width),
        between.target.reshape(SLICES, height, width),
        (0.0, *SIGMA),
    )
    return [
        *_peers(field, between),
        field.halide(packed, PACKED),
        replace(field.gausstack(packed, "gausstack" + PACKED), rival="gausstack" + PACKED),
    ]


SLICES = 16
# What is added to the names of contenders whose slices are contiguous.
PACKED = ", contiguous slices"


def _square(sigma: float) -> Callable[[Field, Size], list[Entrant]]:
    def enter(field: Field, size: Size) -> list[Entrant]:
        problem = _problem(size(2048, 2048), (sigma, sigma))
        entrants = _peers(field, problem)
        # Beyond, scipy takes seconds for every round.
        return [each for each in entrants if each.name != "scipy" or sigma <= 8]

    return enter


def _volume(field: Field, size: Size) -> list[Entrant]:
    problem = _problem(size(256, 256, 256), (2.0, 2.0, 2.0))
    return [field.copy(problem), field.scipy(problem), field.halide(problem), field.gausstack(problem)]


def _f64(field: Field, size: Size) -> list[Entrant]:
    return _peers(field, _problem(size(2048, 2048), (3.0, 3.0), "f8"), scipy_weights=True)


WORKLOADS = [
    Workload("w1", "3000 x 5000 f32, sigma 3, 5", _image),
    Workload("w1s", "a slice of (3000, 4, 5000) f32, view to view, sigma 3, 5", _view),
    Workload(
        "w1n",
        "per slice of (3000, 16, 5000) f32, slices along the middle axis, sigma 3, 5",
        _stack,
        all_threads=True,
        parts=SLICES,
    ),
    *(
        Workload(f"w2-{sigma}", f"2048 x 2048 f32, sigma {sigma}", _square(float(sigma)))
        for sigma in (1, 4, 8, 32, 64)
    ),
    Workload("w4", "256 x 256 x 256 f32, sigma 2 on three axes", _volume),
    Workload("w5", "2048 x 2048 f64, sigma 3", _f64),
]
