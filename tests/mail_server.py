"""A mail server on this machine, for tests of what is sent to people."""

from __future__ import annotations

import email
import email.policy
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from amena.local.process import free_port


@dataclass
class MailServer:
    """Keeps what it takes.

    Attributes:
        refusal: what it says to every recipient; empty: it takes them.
        held: set: it takes emails at once; cleared: it answers none until it is set.
        arrived: an email has come, and is perhaps not taken yet.
        emails, received: what it has taken, read and as it came.
        recipients: for whom that was.
    """

    port: int
    refusal: str = ""
    held: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)
    emails: list[EmailMessage] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.arrived.set()
        await server.loop.run_in_executor(None, self.held.wait, 60)
        content = envelope.content
        assert isinstance(content, bytes)
        parsed: Any = email.message_from_bytes(content, policy=email.policy.default)
        self.emails.append(parsed)
        self.received.append(content)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def receiving_mail(port: int | None = None) -> Iterator[MailServer]:
    """A running server."""
    server = MailServer(port or free_port())
    server.held.set()
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # it would write every address
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        server.held.set()
        controller.stop()
