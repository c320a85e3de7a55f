"""What it looks like when database, bucket or disk, which every request stands on, fail us."""

from __future__ import annotations

import errno
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from django.db import InterfaceError, OperationalError


class BusyError(Exception):
    """As much as may is waiting already. It is worth trying again in some seconds."""


_AWAY: Final = (OperationalError, InterfaceError, BotoCoreError, ClientError, BusyError)
_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


def is_outage(error: BaseException) -> bool:
    """Whether the same request may go well in a while, without anything changed in the code."""
    return isinstance(error, _AWAY) or (isinstance(error, OSError) and error.errno in _DISK)
