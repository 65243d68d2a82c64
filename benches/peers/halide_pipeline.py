"""Gaussians in Halide, scheduled by hand and compiled for this machine.

Both pipelines cut the output into blocks that stay in the caches. In a block the source is copied with its
reflected border, so that no pass tests for edges, and every pass sums whole vectors of folded pairs.
"""

from __future__ import annotations

from typing import Callable

import halide as hl
import numpy as np

from problem import Problem, weights

LANES = 16
GUARD, ROUND_UP = hl.TailStrategy.GuardWithIf, hl.TailStrategy.RoundUp


class Pipeline:
    """A filter compiled for arrays of one shape, type and packing."""

    def __init__(self, problem: Problem, *, parallel: bool, avx512: bool) -> None:
        build = {2: _image, 3: _volume}[problem.source.ndim]
        self._input = _input(problem)
        output = build(self._input, problem, parallel)
        _declare(output.output_buffer(), problem.target)
        self._pipeline = hl.Pipeline(output)
        self._pipeline.compile_jit(_target(avx512))

    def bind(self, problem: Problem) -> Callable[[], None]:
        """A call that filters these arrays, wrapped once."""
        source, target = hl.Buffer(problem.source), hl.Buffer(problem.target)

        def run() -> None:
            self._input.set(source)
            self._pipeline.realize(target)

        return run


def _target(avx512: bool) -> hl.Target:
    """This machine. Halide takes a CPU's model for its word on AVX-512, which a virtual machine may withhold."""
    target = hl.get_host_target()
    features = [value for name, value in vars(hl.TargetFeature).items() if name.startswith("AVX512")]
    for feature in features:
        if target.has_feature(feature) and not avx512:
            target = target.without_feature(feature)
    return target


def _input(problem: Problem) -> hl.ImageParam:
    element = hl.Float(8 * problem.source.itemsize)
    image = hl.ImageParam(element, problem.source.ndim, "image")
    _declare(image, problem.source)
    return image


def _declare(buffer: hl.ImageParam | hl.OutputImageParam, array: np.ndarray) -> None:
    """Tells the compiler the extents, and the strides where the array is packed."""
    packed = 1
    for dimension, extent in enumerate(reversed(array.shape)):
        buffer.dim(dimension).set_bounds(0, extent)
        if dimension > 0 and array.flags.c_contiguous:
            buffer.dim(dimension).set_stride(packed)
        packed *= extent


def _fir(source: hl.Func, axis: int, sigma: float, itemsize: int, name: str) -> hl.Func:
    """The symmetric sum along one dimension of Halide, pairs first."""
    constant = hl.f64 if itemsize == 8 else hl.f32
    half = [constant(float(weight)) for weight in weights(sigma)[int(4 * sigma + 0.5):]]
    place = [hl.Var("x"), hl.Var("y"), hl.Var("z")][: source.dimensions()]

    def sample(distance: int) -> hl.Expr:
        return source[tuple(v + distance if i == axis else v for i, v in enumerate(place))]

    total = sample(0) * half[0]
    for distance, weight in enumerate(half[1:], start=1):
        total += (sample(-distance) + sample(distance)) * weight
    result = hl.Func(name)
    result[tuple(place)] = total
    return result


def _image(image: hl.ImageParam, problem: Problem, parallel: bool) -> hl.Func:
    """Strips of rows: bordered source, vertical pass, then horizontal pass straight to the output."""
    x, y, strip, lane, row = (hl.Var(name) for name in ("x", "y", "strip", "lane", "row"))
    itemsize, radius = problem.source.itemsize, problem.radii[0]
    bordered = hl.BoundaryConditions.mirror_image(image)
    vertical = _fir(bordered, 1, problem.sigma[0], itemsize, "vertical")
    output = _fir(vertical, 0, problem.sigma[1], itemsize, "output")

    # A strip's rows cost 2 radius rows more of the vertical pass's input: tall kernels take tall strips.
    rows = max(64, 8 * -(-2 * radius // 8))
    output.split(y, strip, y, rows, GUARD).split(x, x, lane, LANES, GUARD).vectorize(lane)
    # Beyond this radius the unrolled sums no longer fit the instruction cache.
    small = radius <= 64
    if small:
        output.unroll(x, 2, GUARD)
    if parallel:
        output.parallel(strip)
    bordered.compute_at(output, strip).vectorize(bordered.args()[0], LANES, ROUND_UP)
    vertical.compute_at(output, strip).split(x, x, lane, LANES, ROUND_UP).vectorize(lane)
    vertical.split(y, y, row, 8 if small else 4, ROUND_UP).reorder(lane, row, x, y).unroll(row)
    return output


def _volume(image: hl.ImageParam, problem: Problem, parallel: bool) -> hl.Func:
    """Blocks of 64 planes by 32 rows: z and y passes by plane, x pass straight to the output."""
    x, y, z, lane = (hl.Var(name) for name in ("x", "y", "z", "lane"))
    block_y, block_z, inner_y, inner_z = (hl.Var(name) for name in ("by", "bz", "iy", "iz"))
    itemsize = problem.source.itemsize
    bordered = hl.BoundaryConditions.mirror_image(image)
    along_z = _fir(bordered, 2, problem.sigma[0], itemsize, "along_z")
    along_y = _fir(along_z, 1, problem.sigma[1], itemsize, "along_y")
    output = _fir(along_y, 0, problem.sigma[2], itemsize, "output")

    output.split(y, block_y, inner_y, 32, GUARD).split(z, block_z, inner_z, 64, GUARD)
    output.reorder(x, inner_y, inner_z, block_y, block_z)
    output.split(x, x, lane, LANES, GUARD).vectorize(lane).unroll(x, 2, GUARD)
    if parallel:
        output.parallel(block_z)
    bordered.compute_at(output, block_y).vectorize(bordered.args()[0], LANES, ROUND_UP)
    along_z.compute_at(output, block_y).split(x, x, lane, LANES, ROUND_UP).vectorize(lane)
    along_z.split(z, z, inner_z, 8, ROUND_UP).reorder(lane, inner_z, x, y, z).unroll(inner_z)
    along_y.compute_at(output, inner_z).split(x, x, lane, LANES, ROUND_UP).vectorize(lane)
    along_y.split(y, y, inner_y, 8, ROUND_UP).reorder(lane, inner_y, x, y).unroll(inner_y)
    return output
