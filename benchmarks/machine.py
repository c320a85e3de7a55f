"""What a benchmark ran on, and whether it had the machine to itself.

Importing it sets the engine's waiting policy for threads, which torch reads when it is loaded: it
comes before any `import torch`.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import amena.engine

ROOT: Final = Path(__file__).resolve().parents[1]
#: A machine is idle if others have taken at most this share of its cores meanwhile.
IDLE: Final = 0.05
#: Of the numbers in /proc/stat's first line: idle and iowait, which are nobody's work.
_IDLE_COLUMNS: Final = (3, 4)
#: user, nice, system, idle, iowait, irq, softirq, steal; guests are part of user.
_COLUMNS: Final = 8


class Watch:
    """Counts what other processes compute, from when it is made.

    Needs Linux's /proc/stat; elsewhere nothing is known, and nothing is called idle.
    """

    def __init__(self) -> None:
        self._began = self._now()

    def others(self) -> float | None:
        """The share of all cores, 0 to 1, that others have taken; None where that is unknown.

        Children count as one's own once they have ended.
        """
        if self._began is None or (now := self._now()) is None:
            return None
        passed, busy, own = (late - early for late, early in zip(now, self._began, strict=True))
        return round(min(max(busy - own, 0.0) / passed, 1.0), 3) if passed > 0 else 0.0

    def facts(self) -> dict[str, Any]:
        """Machine, versions, date, load, and whether it was `idle` all the time."""
        others = self.others()
        return {
            "cpu": cpu_model(),
            "cores": cores(),
            "load": [round(each, 2) for each in os.getloadavg()],
            "others": others,
            "idle": others is not None and others <= IDLE,
            "python": platform.python_version(),
            "amena": amena.__version__,
            "date": datetime.now(UTC).date().isoformat(),
            "commit": commit(),
        }

    @staticmethod
    def _now() -> tuple[float, float, float] | None:
        """Seconds of all cores that have passed, that were busy, and that were one's own."""
        try:
            line = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
        except OSError:
            return None
        ticks = [int(each) / os.sysconf("SC_CLK_TCK") for each in line.split()[1 : _COLUMNS + 1]]
        idle = sum(ticks[column] for column in _IDLE_COLUMNS)
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(ticks), sum(ticks) - idle, sum(each.ru_utime + each.ru_stime for each in usages)


def line(facts: dict[str, Any]) -> str:
    """The facts about the machine in one line."""
    load = " ".join(f"{each:.1f}" for each in facts["load"])
    others = "an unknown part" if facts["others"] is None else f"{facts['others']:.0%}"
    verdict = "idle" if facts["idle"] else "BUSY: its seconds are not to be reported"
    return (
        f"{facts['cores']} cores of {facts['cpu']}, commit {facts['commit']}, load {load}; "
        f"others took {others} of the cores: {verdict}"
    )


@contextmanager
def watched() -> Iterator[Watch]:
    """Says on stderr, once the body has ended, what it ran on and whether that was idle."""
    watch = Watch()
    yield watch
    sys.stderr.write(line(watch.facts()) + "\n")


def cpu_model() -> str:
    """The name that the processor gives itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def commit() -> str:
    """The repository's commit, with a + where files differ from it; empty outside of git."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
