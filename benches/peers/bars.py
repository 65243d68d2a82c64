"""Bars: how many times as long as another contender gausstack may take. Needs no package."""

from __future__ import annotations

from dataclasses import dataclass

# One number, or a number for each core, by its row of the tuning table.
Most = float | dict[str, float]


@dataclass(frozen=True)
class Bar:
    """At most ``most`` times as long as ``other``, a contender of the same rounds.

    The others are better on one core than on another, so that most bars belong to a core. On a core that is not
    named there is no bar.
    """

    other: str
    most: Most
    # What times are divided by first: a whole "run", or its "pixel" or "slice" count.
    per: str = "run"

    def on(self, tuning: str) -> float | None:
        """The bar on a core, None where it has none."""
        return self.most.get(tuning) if isinstance(self.most, dict) else self.most


def by_core(zen5: float, golden_cove: float | None = None) -> dict[str, float]:
    """Bars of the cores for which there are any."""
    bars = {"zen5": zen5, "golden-cove": golden_cove}
    return {core: bar for core, bar in bars.items() if bar is not None}
