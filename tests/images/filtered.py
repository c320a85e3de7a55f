"""Runs a command without the system calls that a container's runtime refuses (RuntimeDefault).

Started inside an image, with the profile of this machine's container tools as file 9; what
containerd refuses besides is in `_STRICTER`. A filter stays, also for whatever is started.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_ACTIONS = {"SCMP_ACT_ALLOW": _ALLOW, "SCMP_ACT_ERRNO": _REFUSE}
_COMPARISONS = {"SCMP_CMP_NE": 1, "SCMP_CMP_EQ": 4, "SCMP_CMP_MASKED_EQ": 7}
_EPERM, _ENOSYS = 1, 38
#: Refused by containerd's own profile to whoever has no rights, and not by this one.
_STRICTER = {
    "clone3": _ENOSYS,
    **dict.fromkeys(
        ("unshare", "setns", "mount", "umount2", "pivot_root", "keyctl", "add_key", "request_key",
         "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "pidfd_getfd"),
        _EPERM,
    ),
}  # fmt: skip


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp` of libseccomp."""

    _fields_ = [
        ("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]  # fmt: skip


def load(profile: dict[str, Any]) -> None:
    """Takes the system calls from this process that the profile refuses to one without rights."""
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
    seccomp.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p,
    ]  # fmt: skip
    seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
    default = _REFUSE | profile["defaultErrnoRet"]
    rules = seccomp.seccomp_init(default)

    def add(name: str, action: int, arguments: list[dict[str, Any]]) -> None:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number < 0 or action == default:
            return
        compared = (_Comparison * len(arguments))(
            *((a["index"], _COMPARISONS[a["op"]], a["value"], a["valueTwo"]) for a in arguments)
        )
        failed = seccomp.seccomp_rule_add_array(rules, action, number, len(arguments), compared)
        if failed:
            raise OSError(-failed, name)

    for entry in profile["syscalls"]:
        wanted = entry.get("includes") or {}
        if wanted.get("caps") or "amd64" not in wanted.get("arches", ["amd64"]):
            continue
        action = _ACTIONS[entry["action"]]
        if action == _REFUSE:
            action |= entry.get("errnoRet", _EPERM)
        for name in set(entry["names"]) - _STRICTER.keys():
            add(name, action, entry.get("args") or [])
    for name, error in _STRICTER.items():
        add(name, _REFUSE | error, [])
    failed = seccomp.seccomp_load(rules)
    if failed:
        raise OSError(-failed, "the filter was not taken")


if __name__ == "__main__":
    with os.fdopen(9) as file:
        load(json.load(file))
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606, the command of the image
