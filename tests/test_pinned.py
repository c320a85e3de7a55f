"""Connections to checked addresses, ended from another thread."""

from __future__ import annotations

import socket

import pytest

from amena.pinned import Pinned


def test_whoever_still_sends_to_an_aborted_connection_hears_that_it_is_over() -> None:
    """Told only that we say no more, a quick sender waits a minute for room to send on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Pinned("localhost", server.getsockname()[1], ["127.0.0.1"], timeout=5)
        connection.connect()
        other, _address = server.accept()
        with other:
            other.settimeout(60)
            connection.abort()
            connection.close()
            with pytest.raises(BrokenPipeError):
                other.send(b"and so on")
