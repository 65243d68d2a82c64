"""The workloads by name. Needs no package: peers.py reads it before there are any."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """What is filtered, in words; workloads.py has the arrays and the contenders."""

    name: str
    title: str
    # One thread, or as many as asked for.
    all_threads: bool = False
    # Times are of one of so many equal parts: of one slice of a stack, say.
    parts: int = 1

    @property
    def family(self) -> str:
        """The name without what tells members apart: w2 of w2-8."""
        return self.name.split("-")[0]


CATALOGUE = [
    Workload("w1", "3000 x 5000 f32, sigma 3, 5"),
    Workload("w1s", "one slice of (3000, 4, 5000) f32, view to view, sigma 3, 5"),
    Workload(
        "w1n",
        "per slice of (3000, 16, 5000) f32, slices along the middle axis, sigma 3, 5",
        all_threads=True,
        parts=16,
    ),
    Workload("w2-1", "2048 x 2048 f32, sigma 1"),
    Workload("w2-4", "2048 x 2048 f32, sigma 4"),
    Workload("w2-8", "2048 x 2048 f32, sigma 8"),
    Workload("w2-32", "2048 x 2048 f32, sigma 32"),
    Workload("w2-64", "2048 x 2048 f32, sigma 64"),
    *(
        Workload(f"w3-{element}-{sigma}", f"1080 x 1920 {element}, sigma {sigma}; errors in levels")
        for element in ("u8", "u16")
        for sigma in (1, 2, 5)
    ),
    Workload("w4", "256 x 256 x 256 f32, sigma 2 on three axes"),
    Workload("w5", "2048 x 2048 f64, sigma 3"),
    Workload("cliffs", "gausstack on other inputs: f32, sigma 3, 5, one thread"),
]


def chosen(names: list[str]) -> list[Workload]:
    """The workloads of these names or families, in the catalogue's order; all when there are no names."""
    known = {name for each in CATALOGUE for name in (each.name, each.family)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"unknown workload {', '.join(unknown)} (known: {', '.join(sorted(known))})")
    return [each for each in CATALOGUE if not names or each.name in names or each.family in names]
