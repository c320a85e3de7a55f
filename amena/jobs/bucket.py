"""The bucket that files lie in, where they lie in one."""

import threading
from typing import Any

from storages.backends.s3 import S3Storage


class Bucket(S3Storage):
    """S3, with one client for all threads.

    Its base gives every thread one of its own, each with all that AWS's services are described by:
    12 MB, and a tenth of a second of the first request that a thread has a link to sign for. Of the
    connection, it uses nothing but the client, which threads may share, and the bucket, which they
    share already.
    """

    _opening = threading.Lock()
    _opened: Any = None

    @property
    def connection(self) -> Any:
        """The one connection, opened by whoever is first."""
        with self._opening:  # a session opens one client at a time
            if self._opened is None:
                self._opened = super().connection
        return self._opened
