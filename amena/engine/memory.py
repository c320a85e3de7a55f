"""What the build of a scene takes from an earlier one of the same photo instead of making it again.

Costly steps depend on nothing but what they are given. Each asks the memory by a digest of all of
that, so a remembered result is the one that it would give again, and an edit is a build with a
memory: the scene is the same without one, bit for bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amena.engine.types import DIGEST_SIZE


class Memory:
    """Results by the digest of all they depend on, and which of them this build has used.

    >>> memory = Memory({b"earlier": 1})
    >>> memory.store(b"new", 2)
    >>> memory.recall(b"earlier"), sorted(memory.used)
    (1, [b'earlier', b'new'])

    Attributes:
        used: digest → result, what this build has asked for or made: the memory of its scene.
        amplitude: what the earlier scene's layers bear, as a share of the long side.
    """

    def __init__(
        self,
        results: Mapping[bytes, Any] | None = None,
        *,
        amplitude: float | None = None,
        key: bytes = b"",
    ) -> None:
        """`results`: of the earlier build; `key`: of the weights, as part of every digest."""
        self._before: Mapping[bytes, Any] = {} if results is None else results
        self._key = key
        self.used: dict[bytes, Any] = {}
        self.amplitude = amplitude

    def keyed(self, key: bytes) -> Memory:
        """A memory of the same results for a build with these weights, of which none are used."""
        return Memory(self._before, amplitude=self.amplitude, key=key)

    @property
    def blank(self) -> bool:
        """Whether there are no results of an earlier build."""
        return not self._before

    def digest(self, *parts: bytes | NDArray[Any]) -> bytes:
        """The digest of these parts, whose types and number are always the same."""
        digest = hashlib.blake2b(key=self._key, digest_size=DIGEST_SIZE)
        for part in parts:
            digest.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).data)
        return digest.digest()

    def __contains__(self, digest: bytes) -> bool:
        """Whether there is a result of that digest."""
        return digest in self._before or digest in self.used

    def recall(self, digest: bytes) -> Any:
        """The result of that digest, the earlier build's or this one's.

        Raises:
            KeyError: there is none.
        """
        if digest in self._before:
            self.used[digest] = self._before[digest]
        return self.used[digest]

    def recall_all(self) -> None:
        """Use every earlier result: where the last step's is known, so are those it came from."""
        self.used.update(self._before)

    def store(self, digest: bytes, result: Any) -> None:
        """Remember what was made."""
        self.used[digest] = result

    def forget(self, digest: bytes) -> None:
        """Do without a result that the scene will not hold."""
        self.used.pop(digest, None)
