import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


CODE = """
import ctypes, sys, threading
from amena.engine.pipeline import Engine
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
def heaps(name):
    file = ctypes.c_void_p(libc.fopen(name.encode(), b"w"))
    assert libc.malloc_info(0, file) == 0
    libc.fclose(file)
    return open(name).read().count("<heap ")
def work():
    kept = [bytearray(5_000) for _ in range(1_000)]
    all_there.wait()
all_there = threading.Barrier(9)
before = heaps(sys.argv[1])
Engine("cpu")
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
all_there.wait()
print(heaps(sys.argv[1]) - before)
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A process that has started nine threads and made an engine."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_"))}
    return subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path_factory.mktemp("heaps") / "heaps.xml")],
        env=environment | {"OMP_DISPLAY_ENV": "true"},
        capture_output=True,
        text=True,
        check=True,
    )


def test_torch_does_not_spin_while_it_waits(done):
    """OpenMP tells its settings when it starts: after the engine's import, before torch's."""
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr


def test_threads_share_one_heap(done):
    """As glibc itself counts its heaps."""
    assert int(done.stdout) == 0
