"""The arrays and contenders of every workload in catalogue.py, and the bars that gausstack has to meet."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Callable

from bars import Bar, Most, by_core
from cliffs import cliffs
from contenders import Entrant, Field
from inputs import IMAGE, SIGMA, Size, fresh
from problem import Problem

# What is added to the names of contenders whose slices are contiguous.
PACKED = ", contiguous slices"


Enter = Callable[[Field, Size], list[Entrant]]


def _image(field: Field, size: Size) -> list[Entrant]:
    problem = fresh(size(*IMAGE), SIGMA)
    ours = field.gausstack(problem).held_to(
        Bar("Halide", by_core(zen5=0.45, golden_cove=0.55)),
        Bar("copy", by_core(zen5=2.8)),
        Bar("arithmetic floor", by_core(zen5=2.0, golden_cove=1.55)),
    )
    double = field.gausstack(problem, "gausstack double", double=True, scipy_weights=True)
    return [
        field.copy(problem),
        field.arithmetic(problem),
        field.scipy(problem),
        field.opencv(problem),
        field.halide(problem),
        # Version 0.24 reads its top and right borders from other places than its documentation says.
        field.rust("libblur", problem, check="interior", remark="interior right, top and right borders not"),
        field.rust("imageproc", problem, check="interior", remark="repeats the edge; copies in and out"),
        field.rust("ndarray_ndimage", problem, remark="copies out"),
        ours,
        *_weaker_levels(field, problem),
        double.held_to(Bar("gausstack", 4.2)),
    ]


def _weaker_levels(field: Field, problem: Problem) -> list[Entrant]:
    """gausstack at every level but the best, which is the one it takes by itself."""
    bars = {
        "avx2": Bar("Halide", by_core(zen5=0.85)),
        "portable": Bar("OpenCV", by_core(zen5=1.1)),
    }
    return [
        field.gausstack(problem, f"gausstack {level}", level=level).held_to(bars[level])
        for level in reversed(field.library.levels()[:-1])
    ]


def _view(field: Field, size: Size) -> list[Entrant]:
    height, width = size(*IMAGE)
    stack = fresh((height, 4, width), (SIGMA[0], 0.0, SIGMA[1]))
    return _peers(field, stack.images[1], by_core(zen5=0.45, golden_cove=0.55))


def _stack(field: Field, size: Size) -> list[Entrant]:
    (height, width), slices = size(*IMAGE), 16
    bar = by_core(zen5=0.40, golden_cove=0.55)
    between = fresh((height, slices, width), (SIGMA[0], 0.0, SIGMA[1]))
    # The same memory as images one behind the other.
    packed = Problem(
        between.source.reshape(slices, height, width),
        between.target.reshape(slices, height, width),
        (0.0, *SIGMA),
    )
    ours = replace(field.gausstack(packed, "gausstack" + PACKED), rival="gausstack" + PACKED)
    return [
        *_peers(field, between, bar),
        field.halide(packed, PACKED),
        ours.held_to(Bar("Halide" + PACKED, bar)),
    ]


def _square(sigma: float, bar: Most, field: Field, size: Size) -> list[Entrant]:
    entrants = _peers(field, fresh(size(2048, 2048), (sigma, sigma)), bar)
    # With larger ones scipy takes seconds for every round.
    return [each for each in entrants if each.name != "scipy" or sigma <= 8]


def _integers(dtype: str, sigma: float, bar: Most, field: Field, size: Size) -> list[Entrant]:
    problem = fresh(size(1080, 1920), (sigma, sigma), dtype)
    fixed = Bar("libblur-fixed", 1.0)
    bars = [Bar("OpenCV", bar)] + ([fixed] if dtype == "u1" and sigma > 1 else [])
    cut = field.gausstack(problem, "gausstack as scipy", cut=True, scipy_weights=True)
    return [
        field.copy(problem),
        replace(field.scipy(problem), check="told", remark="cut after each axis"),
        replace(field.opencv(problem), check="told"),
        field.rust("libblur_fixed", problem, check="told"),
        field.rust("libblur_exact", problem, check="told"),
        field.gausstack(problem).held_to(*bars),
        cut.held_to(Bar("gausstack", 4.5)),
    ]


def _volume(field: Field, size: Size) -> list[Entrant]:
    problem = fresh(size(256, 256, 256), (2.0, 2.0, 2.0))
    return [
        field.copy(problem),
        field.scipy(problem),
        field.halide(problem),
        field.gausstack(problem).held_to(Bar("Halide", by_core(zen5=0.50, golden_cove=0.60))),
    ]


def _f64(field: Field, size: Size) -> list[Entrant]:
    problem = fresh(size(2048, 2048), (3.0, 3.0), "f8")
    return _peers(field, problem, by_core(zen5=0.65, golden_cove=0.75), scipy_weights=True)


def _peers(field: Field, problem: Problem, bar: Most, **how: bool) -> list[Entrant]:
    """The usual contenders; the bar is to Halide."""
    return [
        field.copy(problem),
        field.scipy(problem),
        field.opencv(problem),
        field.halide(problem),
        field.gausstack(problem, **how).held_to(Bar("Halide", bar)),
    ]


ENTER: dict[str, Enter] = {
    "w1": _image,
    "w1s": _view,
    "w1n": _stack,
    "w2-1": partial(_square, 1.0, by_core(0.60, 0.70)),
    "w2-4": partial(_square, 4.0, by_core(0.42, 0.52)),
    "w2-8": partial(_square, 8.0, by_core(0.28, 0.45)),
    "w2-32": partial(_square, 32.0, by_core(0.24)),
    "w2-64": partial(_square, 64.0, by_core(0.15)),
    "w3-u8-1": partial(_integers, "u1", 1.0, by_core(0.40, 0.42)),
    "w3-u8-2": partial(_integers, "u1", 2.0, by_core(0.29, 0.32)),
    "w3-u8-5": partial(_integers, "u1", 5.0, by_core(0.16, 0.19)),
    "w3-u16-1": partial(_integers, "u2", 1.0, by_core(0.19)),
    "w3-u16-2": partial(_integers, "u2", 2.0, by_core(0.14)),
    "w3-u16-5": partial(_integers, "u2", 5.0, by_core(0.085)),
    "w4": _volume,
    "w5": _f64,
    "cliffs": cliffs,
}
