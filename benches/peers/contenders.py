"""The filters that race: each is called as its documentation says, arrays in, arrays out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Callable

import cv2
import numpy as np
import scipy.ndimage as ndi

from bars import Bar
from halide_pipeline import Pipeline
from library import Library, request
from problem import Problem
from rounds import Contender, fastest

Run = Callable[[], object]


@dataclass
class Entrant(Contender):
    """A contender, its problem, and how its answer is checked."""

    problem: Problem
    # "all" pixels, the "interior" where its border is another, the very "bits" of scipy, "told" where any error is
    # told and none is wrong, or "none".
    check: str = "all"
    # The gausstack whose time is divided by this one's.
    rival: str = "gausstack"
    remark: str = ""
    bars: tuple[Bar, ...] = ()

    def held_to(self, *bars: Bar) -> Entrant:
        """The same with bars to meet."""
        return replace(self, bars=bars)


class Field:
    """Makes entrants of one workload: the library, the threads, and what follows from them."""

    def __init__(self, library: Library, threads: int) -> None:
        self.library = library
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        # Images of a stack are spread over the pool's threads; then each call has one.
        cv2.setNumThreads(1)

    def copy(self, problem: Problem) -> Entrant:
        """The faster of two copies of the same arrays on all threads: numpy's, and one past the caches."""
        sources = np.array_split(problem.source, self.threads)
        targets = np.array_split(problem.target, self.threads)
        parts = [partial(np.copyto, target, source) for source, target in zip(sources, targets)]
        ways = {"memcpy": self._spread(parts)}
        if floats := problem.as_f32:
            run = partial(self.library.filter, self.library.COPY, request(floats, self.threads))
            ways["non-temporal stores"] = run
        way = fastest(ways)
        return Entrant("copy", ways[way], problem, check="none", remark=way)

    def arithmetic(self, problem: Problem) -> Entrant:
        """The problem's operations in registers alone."""
        asked = request(problem, self.threads)
        run = partial(self.library.arithmetic, asked)
        return Entrant("arithmetic floor", run, problem, check="none")

    def scipy(self, problem: Problem) -> Entrant:
        """scipy, image by image over the threads."""
        runs = [partial(_gaussian_filter, image) for image in problem.images]
        return Entrant("scipy", self._spread(runs), problem)

    def opencv(self, problem: Problem) -> Entrant:
        """OpenCV, image by image over the threads."""
        runs = [partial(_gaussian_blur, image) for image in problem.images]
        return Entrant("OpenCV", self._spread(runs), problem)

    def halide(self, problem: Problem, layout: str = "") -> Entrant:
        """Halide, one image after the other, each on all threads."""
        avx512 = "avx512" in self.library.levels()
        pipeline = Pipeline(problem.images[0], parallel=self.threads > 1, avx512=avx512)
        calls = [pipeline.bind(image) for image in problem.images]

        def run() -> None:
            for call in calls:
                call()

        return Entrant("Halide" + layout, run, problem, rival="gausstack" + layout)

    def rust(self, name: str, problem: Problem, **more: str) -> Entrant:
        """Another Rust filter, by its entry's name."""
        asked = request(problem, self.threads)
        run = partial(self.library.filter, name, asked)
        return Entrant(name.replace("_", "-"), run, problem, **more)

    def gausstack(self, problem: Problem, name: str = "gausstack", **how) -> Entrant:
        """gausstack; ``how`` goes to :func:`library.request`."""
        asked = request(problem, self.threads, **how)
        run = partial(self.library.filter, "gausstack", asked)
        check = "bits" if how.get("scipy_weights") else "all"
        return Entrant(name, run, problem, check)

    def _spread(self, runs: list[Run]) -> Run:
        """One call that makes all of these, over the threads when there are several."""

        def one_by_one() -> None:
            for run in runs:
                run()

        def pooled() -> None:
            for done in [self._pool.submit(run) for run in runs]:
                done.result()

        return one_by_one if self._pool is None else pooled


def _gaussian_filter(problem: Problem) -> None:
    ndi.gaussian_filter(
        problem.source, problem.sigma, problem.orders, output=problem.target, mode=problem.mode
    )


def _gaussian_blur(problem: Problem) -> None:
    (height, width), (sigma_y, sigma_x) = problem.radii, problem.sigma
    cv2.GaussianBlur(
        problem.source,
        (2 * width + 1, 2 * height + 1),
        sigmaX=sigma_x,
        sigmaY=sigma_y,
        dst=problem.target,
        borderType=cv2.BORDER_REFLECT,
    )
