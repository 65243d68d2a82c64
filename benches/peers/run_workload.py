"""Runs one workload in a process of its own, for peers.py; prints nothing and writes its result as JSON.

Numbers of threads that a library reads once, from the environment, are set before it is loaded: that is why
peers.py starts one process per workload.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from catalogue import chosen

if TYPE_CHECKING:
    from contenders import Entrant
    from problem import Problem
    from reference import Reference


def main() -> None:
    """Reads the arguments and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload")
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    arguments.json.write_text(json.dumps(run(arguments)))


def run(arguments: argparse.Namespace) -> dict:
    """The workload's times and errors, and what they belong to."""
    from library import Library

    library = Library(arguments.library)
    machine = library.machine()
    if arguments.threads == 1 and hasattr(os, "sched_setaffinity"):
        # Before there are other threads. The last CPU: the first often serves interrupts.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    from contenders import Field
    from rounds import race
    from workloads import ENTER, Size

    (workload,) = chosen([arguments.workload])
    enter = ENTER[workload.name]
    entrants = enter(Field(library, arguments.threads), Size(arguments.quick))
    results = check(entrants)
    times = race(entrants, arguments.rounds, arguments.threads)
    for each, result in zip(entrants, results):
        result["pixels"] = each.problem.source.size / workload.parts
        result["slices"] = each.problem.slices / workload.parts
        result["bars"] = [asdict(bar) for bar in each.bars]
        milliseconds = times.milliseconds[each.name]
        result["milliseconds"] = [ms and ms / workload.parts for ms in milliseconds]
    return {
        "name": workload.name,
        "title": workload.title,
        "threads": arguments.threads,
        "dropped": times.dropped,
        "disturbed": times.disturbed,
        "readable": times.readable,
        "contenders": results,
        "machine": machine,
        "versions": {name: version(package) for name, package in PACKAGES.items()},
    }


def check(entrants: list[Entrant]) -> list[dict]:
    """Runs every contender once on cleared memory, and looks at its answer."""
    from reference import Reference, same_bits

    references: dict[Problem, Reference] = {}
    results = []
    for each in entrants:
        result = {"name": each.name, "rival": each.rival, "remark": each.remark}
        result |= {"error": None, "wrong": False}
        results.append(result)
        if each.check == "none":
            continue
        if each.problem not in references:
            references[each.problem] = Reference(each.problem)
        reference = references[each.problem]
        each.problem.target.fill(math.nan if each.problem.target.dtype.kind == "f" else 77)
        each.run()
        result["error"] = reference.error(interior=each.check == "interior")
        result["wrong"] = each.check in ("all", "interior") and result["error"] > reference.bound()
        if each.check == "bits":
            same = same_bits(each.problem)
            result["wrong"] = not same
            result["remark"] = "scipy's bits" if same else "not scipy's bits"
    return results


# What the tables call a Python package, and its name in the index.
PACKAGES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "OpenCV": "opencv-python-headless",
    "Halide": "halide",
}

if __name__ == "__main__":
    main()
