"""Contenders in interleaved rounds; rounds that lost CPU time to others are dropped and run again."""

from __future__ import annotations

import gc
import math
import os
import statistics
import time
from dataclasses import dataclass, field
from typing import Callable, Sequence

# The share of a round's CPU time that may go to others.
TOLERANCE = 0.02
# A contender that would take longer than this over all rounds takes part in fewer of them.
BUDGET_SECONDS = 8.0
FEWEST_ROUNDS = 3


@dataclass
class Contender:
    """A named call. What it returns, unless None, is multiplied with its time."""

    name: str
    run: Callable[[], float | None]


@dataclass
class Times:
    """Milliseconds by contender and round, None where it did not take part; and how quiet it was."""

    milliseconds: dict[str, list[float | None]]
    dropped: int = 0
    disturbed: bool = False
    readable: bool = True


@dataclass
class LostCpu:
    """The kernel's account of CPU seconds that this process wanted and others had."""

    waited: dict[str, float] = field(default_factory=dict)
    stolen: float = math.nan

    @classmethod
    def now(cls) -> LostCpu:
        """Reads the run delay of each thread, and what the hypervisor took from all CPUs."""
        lost = cls()
        try:
            for thread in os.listdir("/proc/self/task"):
                with open(f"/proc/self/task/{thread}/schedstat") as file:
                    lost.waited[thread] = int(file.read().split()[1]) * 1e-9
            with open("/proc/stat") as file:
                lost.stolen = int(file.readline().split()[8]) / os.sysconf("SC_CLK_TCK")
        except (OSError, IndexError, ValueError):
            pass
        return lost

    @property
    def readable(self) -> bool:
        """Whether this system tells both."""
        return bool(self.waited) and not math.isnan(self.stolen)

    def since(self, before: LostCpu) -> float:
        """Seconds lost since an earlier reading; what cannot be read counts as nothing."""
        waited = sum(now - before.waited.get(thread, 0.0) for thread, now in self.waited.items())
        stolen = self.stolen - before.stolen
        return waited + (0.0 if math.isnan(stolen) else stolen)


def race(contenders: Sequence[Contender], rounds: int, threads: int) -> Times:
    """Runs each contender once per round; every round starts with another one.

    At most twice as many rounds are run as are asked for. When no round was quiet, the disturbed ones
    count, and the result says so.
    """
    takes_part = {each.name: _rounds_of(each, rounds) for each in contenders}
    kept: list[dict[str, float]] = []
    dropped: list[dict[str, float]] = []
    readable = True
    gc.disable()
    while len(kept) < rounds and len(kept) + len(dropped) < 2 * rounds:
        first = (len(kept) + len(dropped)) % len(contenders)
        order = [*contenders[first:], *contenders[:first]]
        times, seconds, lost = {}, 0.0, 0.0
        for each in order:
            if len(kept) not in takes_part[each.name]:
                continue
            if threads > 1:
                # Lets the last contender's threads stop spinning for more work.
                time.sleep(0.002)
            before = LostCpu.now()
            elapsed, times[each.name] = _time(each)
            after = LostCpu.now()
            seconds += elapsed
            lost += after.since(before)
            readable &= after.readable
        disturbed = lost > TOLERANCE * seconds * threads
        (dropped if disturbed else kept).append(times)
    gc.enable()
    counted = kept or dropped
    milliseconds = {each.name: [times.get(each.name) for times in counted] for each in contenders}
    return Times(milliseconds, len(dropped), disturbed=not kept, readable=readable)


def fastest(runs: dict[str, Callable[[], object]], rounds: int = 7) -> str:
    """The name of the call with the least median time over interleaved rounds, after one to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for counts in [False] + [True] * rounds:
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if counts:
                seconds[name].append(time.perf_counter() - start)
    return min(runs, key=lambda name: statistics.median(seconds[name]))


def _time(contender: Contender) -> tuple[float, float]:
    """The seconds a call takes, and the scaled milliseconds that it stands for."""
    start = time.perf_counter()
    scale = contender.run()
    elapsed = time.perf_counter() - start
    return elapsed, 1e3 * elapsed * (1.0 if scale is None else scale)


def _rounds_of(contender: Contender, rounds: int) -> set[int]:
    """The rounds a contender takes part in, spread evenly, by the time of a call that warms it up."""
    seconds, _ = _time(contender)
    count = min(rounds, max(FEWEST_ROUNDS, int(BUDGET_SECONDS / seconds)))
    return {index * rounds // count for index in range(count)}
