import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.machine import IDLE, ROOT, Watch, line

BENCHMARKS = ("depth", "editing", "inpainting", "stereo", "border", "metrics", "contact_sheet")


def compute(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def facts_of(cores_taken, own, monkeypatch):
    """Of ten seconds of two cores, of which so many were busy, so many of them by oneself."""
    times = iter([(100.0, 40.0, 5.0), (120.0, 40.0 + cores_taken * 10, 5.0 + own * 10)])
    monkeypatch.setattr(Watch, "_now", staticmethod(lambda: next(times)))
    return Watch().facts()


def test_what_others_compute_makes_a_machine_busy(monkeypatch):
    idle = facts_of(1.02, 1.0, monkeypatch)
    assert (idle["others"], idle["idle"]) == (0.01, True)
    assert line(idle).endswith("idle")
    busy = facts_of(1.5, 1.0, monkeypatch)
    assert (busy["others"], busy["idle"]) == (0.25, False)
    assert "BUSY" in line(busy)
    assert busy["cpu"] in line(busy)


def test_a_machine_of_which_nothing_is_known_is_not_called_idle(monkeypatch):
    monkeypatch.setattr(Watch, "_now", staticmethod(lambda: None))
    assert not Watch().facts()["idle"]


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="Linux counts it there")
def test_what_one_computes_oneself_is_not_others(monkeypatch):
    watch = Watch()
    before = watch._now()
    compute(0.3)
    subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True)
    after = watch._now()
    assert after[2] - before[2] >= 0.3
    # Differences of sums of hundredths: what is the same time may differ in its last digits.
    assert after[0] - before[0] + 0.001 >= after[1] - before[1] >= 0.2
    assert 0 <= watch.others() <= 1
    assert 0 < IDLE < 0.2


@pytest.mark.slow
def test_threads_are_told_how_to_wait_before_torch_is_loaded():
    """Else they spin beside other processes, and seconds are anything."""
    code = (
        "import os, sys, importlib.abc\n"
        "class Guard(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'torch': assert os.environ.get('OMP_WAIT_POLICY'), 'too late'\n"
        "sys.meta_path.insert(0, Guard())\n"
        "import importlib\n"
        "for name in sys.argv[1:]: importlib.import_module('benchmarks.' + name)\n"
        "assert 'torch' in sys.modules\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    command = [sys.executable, "-c", code, *BENCHMARKS]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
