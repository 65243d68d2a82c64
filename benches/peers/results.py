"""What the workloads' processes report, and the ratios within their rounds. Needs no package."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from bars import Bar


@dataclass(frozen=True)
class Summary:
    """A median and the range around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Summary:
        """Summarises at least one value."""
        return cls(statistics.median(values), min(values), max(values))

    def text(self) -> str:
        """``median (low-high)`` with three significant digits."""
        return f"{number(self.median)} ({number(self.low)}-{number(self.high)})"


def number(value: float) -> str:
    """Three significant digits, and all that stand before the point."""
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}"


@dataclass(frozen=True)
class ContenderResult:
    """One contender's times, in milliseconds, None for a round it did not take part in."""

    name: str
    rival: str
    remark: str
    pixels: float
    slices: float
    error: float | None
    wrong: bool
    milliseconds: list[float | None]
    bars: list[Bar]

    def time(self) -> Summary:
        """The summary of its rounds."""
        return Summary.of([ms for ms in self.milliseconds if ms is not None])

    def parts(self, per: str) -> float:
        """How many runs, pixels or slices its times are of."""
        return {"run": 1.0, "pixel": self.pixels, "slice": self.slices}[per]


class WorkloadResult:
    """What one workload's process reported."""

    def __init__(self, report: dict) -> None:
        self.name: str = report["name"]
        self.title: str = report["title"]
        self.threads: int = report["threads"]
        self.dropped: int = report["dropped"]
        self.disturbed: bool = report["disturbed"]
        self.readable: bool = report["readable"]
        self.machine: list[str] = report["machine"]
        self.versions: dict[str, str] = report["versions"]
        self.contenders = [
            ContenderResult(**(each | {"bars": [Bar(**bar) for bar in each["bars"]]}))
            for each in report["contenders"]
        ]

    @property
    def tuning(self) -> str:
        """The core's row of the tuning table, as the machine card tells it."""
        lines = [line.split() for line in self.machine]
        return next((words[1] for words in lines if words[0] == "tuning"), "generic")

    @property
    def rounds(self) -> int:
        """Rounds that count."""
        return len(self.contenders[0].milliseconds)

    def has(self, name: str) -> bool:
        """Whether a contender of this name took part."""
        return any(each.name == name for each in self.contenders)

    def contender(self, name: str) -> ContenderResult:
        """The contender of this name."""
        return next(each for each in self.contenders if each.name == name)

    def ratio(self, name: str, other: str, per: str = "run") -> Summary:
        """How many times as long the first took as the other, in the rounds both took part in."""
        first, second = self.contender(name), self.contender(other)
        unit = second.parts(per) / first.parts(per)
        pairs = zip(first.milliseconds, second.milliseconds)
        return Summary.of([unit * a / b for a, b in pairs if a is not None and b is not None])

    def subject(self) -> str:
        """What was filtered, on how many threads."""
        return f"{self.title}; {self.threads} thread{'' if self.threads == 1 else 's'}"

    def quality(self) -> str:
        """How far the figures can be trusted."""
        text = f"{self.rounds} rounds"
        if self.disturbed:
            text += ", all of which lost CPU time to others: do not trust them"
        elif self.dropped:
            text += f", {self.dropped} more dropped for CPU time lost to others"
        if not self.readable:
            text += "; this system does not tell all CPU time lost"
        return text
