"""How two maps of one photo go together, in spite of outliers."""

from __future__ import annotations

import numpy as np

from amena.engine.types import FloatImage


def rank_correlation(one: FloatImage, other: FloatImage) -> float:
    """Spearman's, of at most some thousands."""
    step = max(1, one.size // 5000)
    ranks = [np.argsort(np.argsort(each[::step], kind="stable")) for each in (one, other)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def line(x: FloatImage, y: FloatImage, least: float = 0.25) -> tuple[float, float]:
    """Slope and offset of y over x, by least squares that count outliers less and less (Cauchy)."""
    step = max(1, x.size // 20_000)
    x, y = x[::step], y[::step]
    weight = np.ones(x.size)
    slope, offset = 0.0, float(y.mean())
    for _ in range(12):
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        spread = np.average((x - mean_x) ** 2, weights=weight)
        slope = float(np.average((x - mean_x) * (y - mean_y), weights=weight) / max(spread, 1e-9))
        slope = max(slope, 0.0)
        offset = float(mean_y - slope * mean_x)
        error = np.abs(y - slope * x - offset)
        weight = 1 / (1 + (error / max(1.5 * float(np.median(error)), least)) ** 2)
    return slope, offset
