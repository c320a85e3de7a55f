"""What a process may do that looks at a stranger's file: compute, and answer.

Everywhere: so much processor time and memory, no file written, no core dump. On Linux with
libseccomp besides: no system call but those listed here, so no file opened, no connection, no other
program, no look at other processes; rights cannot be gained.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import random
import resource
import signal
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

#: What decoders, allocators, Python and threads need once all is loaded. Names that a machine does
#: not have are passed over.
_ALLOWED: Final = (
    "read", "readv", "pread64", "write", "writev", "sendto", "close", "lseek", "fstat",
    "newfstatat", "munmap", "mremap", "brk", "madvise", "futex", "sched_yield",
    "sched_getaffinity", "getpid", "gettid", "clock_gettime", "clock_getres", "clock_nanosleep",
    "nanosleep", "gettimeofday", "getrandom", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "sigaltstack", "set_robust_list", "rseq", "exit", "exit_group", "getrusage", "sysinfo", "uname",
    "membarrier", "restart_syscall", "set_tid_address", "getrlimit",
)  # fmt: skip
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000
_EQUAL, _MASKED_EQUAL = 4, 7
_PROT_EXEC: Final = 4
_CLONE_THREAD: Final = 0x00010000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_MODE_FILTER: Final = 2
#: Cores that a child's threads share, and bytes of each one's stack: what many take of the memory
#: must not depend on how large the machine is.
_CORES: Final = 4
_STACK: Final = 2**20


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`: argument `arg` is compared with `a` (and `b`) by `op`."""

    _fields_ = [
        ("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]  # fmt: skip


@cache
def _libseccomp() -> Any:
    """The library, or None where there is none."""
    try:
        found = ctypes.CDLL("libseccomp.so.2") if sys.platform == "linux" else None
    except OSError:
        return None
    if found is not None:
        found.seccomp_init.restype = ctypes.c_void_p
        found.seccomp_init.argtypes = [ctypes.c_uint32]
        found.seccomp_rule_add_array.argtypes = [
            ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p,
        ]  # fmt: skip
        found.seccomp_load.argtypes = [ctypes.c_void_p]
    return found


@cache
def system_calls_are_filtered() -> bool:
    """Whether this machine lets `confine` take away system calls: it has libseccomp, and a kernel
    (or what stands for one, such as an emulator) that takes filters.
    """
    if _libseccomp() is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    # No filter at all is an address that cannot be read, for those who would read one.
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, None, 0, 0)
    return ctypes.get_errno() == errno.EFAULT


def keep_threads_small() -> None:
    """Threads of this process and its children have small stacks, where libc lets that be said."""
    libc, attributes = ctypes.CDLL(None), ctypes.create_string_buffer(256)
    if hasattr(libc, "pthread_setattr_default_np"):
        libc.pthread_attr_init(attributes)
        libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_STACK))
        libc.pthread_setattr_default_np(attributes)


def confine(cpu_seconds: int, memory: int) -> None:
    """From now on this process may use so much more time and bytes, and do nothing but compute.

    Raises:
        OSError: the system has the means to take rights away but has not done so.
    """
    limits = {
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 1),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
    }
    if sys.platform == "linux":
        # Decoders start a thread for each core that they see.
        seen = sorted(os.sched_getaffinity(0))
        if len(seen) > _CORES:
            os.sched_setaffinity(0, random.sample(seen, _CORES))
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory
        limits[resource.RLIMIT_AS] = (most, most)
    for each, values in limits.items():
        resource.setrlimit(each, values)
    if sys.platform == "linux":
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        _prctl(_PR_SET_DUMPABLE, 0)
    if system_calls_are_filtered():
        _filter_system_calls()


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _filter_system_calls() -> None:
    library = _libseccomp()
    rules = library.seccomp_init(_REFUSE | errno.EPERM)

    def add(action: int, name: str, *conditions: tuple[int, int, int, int]) -> None:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return
        compared = (_Comparison * len(conditions))(*(_Comparison(*each) for each in conditions))
        failed = library.seccomp_rule_add_array(rules, action, number, len(conditions), compared)
        if failed:
            raise OSError(-failed, f"seccomp: {name}")

    for name in _ALLOWED:
        add(_ALLOW, name)
    # Memory, but none that can be run.
    for name in ("mmap", "mprotect"):
        add(_ALLOW, name, (2, _MASKED_EQUAL, _PROT_EXEC, 0))
    # Threads, but no processes. The arguments of the newer call cannot be seen: libc takes the
    # older one where there is none.
    add(_ALLOW, "clone", (0, _MASKED_EQUAL, _CLONE_THREAD, _CLONE_THREAD))
    add(_REFUSE | errno.ENOSYS, "clone3")
    # Asking for limits, not setting them; a signal to itself, as `abort` sends it.
    add(_ALLOW, "prlimit64", (2, _EQUAL, 0, 0))
    add(_ALLOW, "tgkill", (0, _EQUAL, os.getpid(), 0))
    failed = library.seccomp_load(rules)
    if failed:
        raise OSError(-failed, "seccomp: the filter was not taken")
