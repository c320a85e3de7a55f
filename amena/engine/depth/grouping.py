"""What hangs together, of pairs that do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_Numbers = NDArray[np.signedinteger[Any]]


def grouped(count: int, one: _Numbers, other: _Numbers) -> NDArray[np.intp]:
    """Connected components: the number of each one's group, which is the least of its members.

    Labels go along all edges at once and jump to the label of their label, until nothing changes
    (Shiloach and Vishkin 1982).

    Args:
        count: things, numbered from 0.
        one, other: integers N, both ends of each edge.
    """
    group = np.arange(count)
    while True:
        before = group.copy()
        least = np.minimum(group[one], group[other])
        np.minimum.at(group, one, least)
        np.minimum.at(group, other, least)
        group = group[group]
        if np.array_equal(before, group):
            return group
