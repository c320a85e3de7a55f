"""Opens files in a child process, as web process and worker do, under limits of time and memory.

python -m tests.fuzz.opening FOLDER      each file in it; a line of JSON for each
python -m tests.fuzz.opening --soak N    N random files more than the tests have, in a child
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 10
#: Bytes of memory that the process may hold, what Python and the decoders need included.
MEMORY = 2**30


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes:
        name: the file's.
        code: why it was refused; `taken` where it was not; `died` where the process did.
        seconds: how long that took.
        memory: the most bytes that the process had held by then.
    """

    name: str
    code: str
    seconds: float
    memory: int


def outcomes(files: Iterable[tuple[str, bytes]]) -> list[Outcome]:
    """Of each file, in order. A child that dies is followed by another for the files after."""
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, data) in enumerate(files):
            (Path(folder) / f"{number:06} {name}").write_bytes(data)
        while left := sorted(Path(folder).iterdir()):
            found += _child(Path(folder))
            for path in left:
                if not path.exists():
                    continue
                if path == min(Path(folder).iterdir()):  # the one it died of
                    found.append(Outcome(path.name[7:], "died", 0.0, 0))
                    path.unlink()
                break
    return found


def _child(folder: Path) -> list[Outcome]:
    command = [sys.executable, "-W", "error", "-m", "tests.fuzz.opening", str(folder)]
    child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return [Outcome(**json.loads(line)) for line in child.stdout.splitlines()]


def _open_all(folder: Path) -> None:
    """Each file is removed when it is done with, so that the parent sees how far this came."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = int(os.environ.get("FUZZ_MEMORY", MEMORY))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    for path in sorted(folder.iterdir()):
        started = time.monotonic()
        code = _open(path)
        outcome = Outcome(path.name[7:], code, time.monotonic() - started, _most_memory())
        print(json.dumps(outcome.__dict__), flush=True)  # noqa: T201
        path.unlink()


def _most_memory() -> int:
    """Bytes; `getrusage` would count what the parent held when it forked."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def _open(path: Path) -> str:
    """The upload's check, then what the worker does first, then the check of a depth picture."""
    from amena.engine.depth.uploaded import read_fitting_map
    from amena.engine.errors import EngineError
    from amena.engine.photo.decode import inspect, load, thumbnail

    code = "taken"
    with path.open("rb") as file:
        try:
            _in_time(inspect, file)
            _in_time(thumbnail, file, 480)
            _in_time(load, file, 960)
        except EngineError as error:
            code = error.code
    with suppress(EngineError):
        _in_time(read_fitting_map, path, (128, 96))
    return code


def _in_time(step: Callable[..., object], *values: object) -> None:
    """Nobody catches the signal, so that a hang ends the process, even one inside C.

    It is the processor's time that counts, which other work on the machine does not stretch.
    """
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    step(*values)
    signal.setitimer(signal.ITIMER_PROF, 0)


if __name__ == "__main__":
    if sys.argv[1] == "--soak":
        from tests.fuzz.mutations import corpus

        results = outcomes(corpus(int(sys.argv[2]), seed=1))
        bad = [each for each in results if each.code == "died" or each.memory > MEMORY]
        slowest = max(results, key=lambda each: each.seconds)
        print(f"{len(results)} files, {len(bad)} bad {bad}; slowest {slowest}")  # noqa: T201
    else:
        _open_all(Path(sys.argv[1]))
