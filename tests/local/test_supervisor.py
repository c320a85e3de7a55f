"""The supervisor with small programs: order, restarts, stopping, nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from amena.local import supervisor as supervisor_module
from amena.local.process import Child, NotReadyError, Program
from amena.local.supervisor import Supervisor

pytestmark = pytest.mark.service

SLEEP = "import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1); {SLEEP}"


@pytest.fixture
def program(tmp_path):
    """Makes programs out of one line of Python."""

    def make(code, name="program", **kwargs):
        log = tmp_path / f"{name}.log"
        command = (sys.executable, "-uc", code)
        return Program(name, command, log, **kwargs)

    return make


def wait_for(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def logged(program):
    """Ready as soon as the program has printed something."""
    return lambda: bool(program.log.exists() and program.log.stat().st_size)


def send_soon(number, condition=lambda: True):
    """Signals this process once `condition` holds."""

    def wait_and_send():
        try:
            wait_for(condition)
        finally:  # the test would never end without
            os.kill(os.getpid(), number)

    threading.Thread(target=wait_and_send).start()


def test_a_program_that_dies_is_started_again_and_the_person_told_why(program, capsys, tmp_path):
    runs = tmp_path / "runs"
    code = f"""
open({str(runs)!r}, "a").write("x"); print("out of luck")
import sys, time; sys.exit(3) if len(open({str(runs)!r}).read()) < 3 else time.sleep(60)
"""
    supervisor = Supervisor()

    with supervisor.stoppable():
        supervisor.start(program(code))
        send_soon(signal.SIGTERM, lambda: runs.exists() and runs.read_text() == "xxx")
        supervisor.run()

    told = capsys.readouterr().out
    assert "program ended (status 3) and is started again in 0.5 s" in told
    assert "again in 1 s" in told
    assert "out of luck" in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_in_reverse_order(program, tmp_path, number):
    order = tmp_path / "order"
    code = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (open({path!r}, "a").write({name!r}), sys.exit()))
print("up")
time.sleep(60)
"""
    supervisor = Supervisor()

    with supervisor.stoppable():
        for name in "abc":
            made = program(code.format(path=str(order), name=name), name)
            supervisor.start(Program(made.name, made.command, made.log, ready=logged(made)))
        send_soon(number)
        supervisor.run()

    assert order.read_text() == "cba"


def test_what_has_begun_comes_up_beside_others_and_stops_in_the_order_of_readiness(
    program, tmp_path
):
    order = tmp_path / "order"
    code = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (open({path!r}, "a").write({name!r}), sys.exit()))
print("up", flush=True)
time.sleep(60)
"""

    def made(name, ready):
        one = program(code.format(path=str(order), name=name), name)
        return Program(one.name, one.command, one.log, ready=ready(one))

    slow = made("s", logged)
    # Comes up only beside the other.
    quick = made("q", lambda one: lambda: logged(one)() and logged(slow)())
    supervisor = Supervisor()

    with supervisor.stoppable():
        supervisor.begin(slow)
        supervisor.start(quick)
        before = psutil.Process().children()
        supervisor.start(slow)
        assert psutil.Process().children() == before
        send_soon(signal.SIGTERM)
        supervisor.run()

    assert order.read_text() == "sq"


def test_what_has_begun_is_stopped_with_the_others(program):
    supervisor = Supervisor()

    with pytest.raises(RuntimeError, match="no table"), supervisor.stoppable():
        supervisor.begin(program(SLEEP, "begun"))
        raise RuntimeError("no table")

    assert not [p for p in psutil.Process().children() if p.is_running() and SLEEP in p.cmdline()]


def test_a_signal_while_something_starts_stops_what_runs(program):
    supervisor = Supervisor()
    first, mute = program(SLEEP, "first"), program(SLEEP, "mute", ready=lambda: False)

    with supervisor.stoppable():
        supervisor.start(first)
        send_soon(signal.SIGINT)
        supervisor.start(mute)
        pytest.fail("the signal was not noticed")

    assert not [p for p in psutil.Process().children() if p.is_running() and SLEEP in p.cmdline()]


def test_an_error_while_starting_stops_what_runs(program, monkeypatch):
    supervisor = Supervisor()
    monkeypatch.setattr(supervisor_module, "_START_AGAIN_AFTER", 0.1)
    broken = program("import sys; sys.exit('no such table')", ready=lambda: False)
    before = psutil.Process().children()

    with pytest.raises(NotReadyError, match="ended at once") as caught, supervisor.stoppable():
        supervisor.start(program(SLEEP, "first"))
        supervisor.start(broken)

    assert "no such table" in str(caught.value)
    assert psutil.Process().children() == before


def test_what_ignores_the_signal_is_killed_after_its_grace(program):
    child = Child(program(STUBBORN, grace=0.5))
    wait_for(logged(child.program))

    child.stop()

    assert child.exit_code == -signal.SIGKILL


def test_a_second_ctrl_c_waits_for_nobody(program):
    supervisor = Supervisor()
    made = program(STUBBORN)
    began = time.monotonic()

    with supervisor.stoppable():
        supervisor.start(Program("stubborn", made.command, made.log, ready=logged(made), grace=600))
        send_soon(signal.SIGINT)
        supervisor.run()
        send_soon(signal.SIGINT)

    assert time.monotonic() - began < 300


def test_children_of_a_killed_program_go_with_it(program):
    code = f"""
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", {SLEEP!r}]).pid, flush=True)
time.sleep(60)
"""
    child = Child(program(code))
    wait_for(logged(child.program))
    grandchild = psutil.Process(int(child.program.log.read_text()))

    child.kill()

    wait_for(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)


def test_a_killed_parent_leaves_no_program_behind(tmp_path):
    code = f"""
from pathlib import Path
from amena.local.process import Child, Program
print(Child(Program("p", ("sleep", "60"), Path({str(tmp_path / "log")!r}))).pid, flush=True)
import time; time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        wait_for(lambda: child.name() == "sleep")  # and no longer setpriv
        parent.kill()

    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_mute_program_is_given_up_with_the_end_of_its_log(program):
    mute = program(f"print('still thinking'); {SLEEP}", ready=lambda: False)
    child = Child(mute)

    with pytest.raises(NotReadyError, match="did not answer within 2 s") as caught:
        child.wait_ready(2)
    child.stop()

    assert "still thinking" in str(caught.value)
