"""Bars: how many times as long as another contender gausstack may take. Needs no package."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """At most ``most`` times as long as ``other``, a contender of the same rounds."""

    other: str
    most: float
    # What times are divided by first: a whole "run", or its "pixel" or "slice" count.
    per: str = "run"
