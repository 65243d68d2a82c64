"""Gaussians along axes whose parameters are checked, and the request that they make."""

from __future__ import annotations

from gausstack._parameters import GaussianAxis
from gausstack._run import Request

# Requests of this many weights are kept for further calls. (Each is one of 256 that are remembered: four megabytes at most, the filter's
# copies included.)
_MOST_KEPT = 1025


class Gaussians:
    """A Gaussian, or a derivative, along each of some axes; several such terms are added up, or combined to a magnitude."""

    __slots__ = ("_kept", "axes", "is_magnitude", "terms")

    def __init__(self, terms: tuple[tuple[GaussianAxis, ...], ...], *, is_magnitude: bool = False) -> None:
        self.terms, self.is_magnitude = terms, is_magnitude
        #: The axes that are really filtered, those of every term.
        self.axes = [each.axis for each in terms[0]] if terms else []
        self._kept: Request | None = None

    def request(self) -> Request:
        """The filter that is asked for. Weights are computed when they are first needed, and kept where they are short."""
        if self._kept is not None:
            return self._kept
        weighted = [[(each.weights(), each.mode) for each in term] for term in self.terms]
        request = Request(self.axes, weighted, is_magnitude=self.is_magnitude)
        if sum(2 * each.radius + 1 for term in self.terms for each in term) <= _MOST_KEPT:
            self._kept = request
        return request
