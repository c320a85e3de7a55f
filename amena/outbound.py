"""Requests to addresses that people give us: to the public internet and nowhere else.

A name is resolved once, every address it has is checked, and the connection goes to a checked one;
so a name that leads elsewhere a moment later leads nowhere. Redirects are answers like any other,
the environment's proxies are not asked, and the whole exchange has one deadline.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import IO, Final
from urllib.parse import urlsplit

from django.conf import settings

from amena.pinned import Pinned, PinnedTls

_CHUNK: Final = 1 << 16
_STEP_SECONDS: Final = 5.0
_LONGEST_URL: Final = 500
_QUICK_SECONDS: Final = 2.0

#: What of IPv6 is routed on the internet; all that carries an IPv4 address inside is left out.
_PUBLIC_V6: Final = ipaddress.ip_network("2000::/3")
#: Inside the public ranges, but not for us; older Pythons do not know all of these.
_REFUSED: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # protocol assignments; one cloud's metadata service
            "192.88.99.0/24",  # relays from IPv6
            "168.63.129.16/32",  # another cloud's metadata service
            "2001::/23",  # protocol assignments; Teredo carries IPv4
            "2002::/16",  # 6to4 carries IPv4
            "3fff::/20",  # documentation
        ),
    )
)


class TargetError(ValueError):
    """We do not connect there. The message is one line for the person who gave the address.

    Attributes:
        code: `bad_url`, `unknown_host` or `private_address`.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


#: Why there was no answer, as the end of an `UnansweredError`'s message.
LATE: Final = "no answer in time"
TLS: Final = "the certificate cannot be verified, or TLS failed"
CLOSED: Final = "the connection was refused"
BROKEN: Final = "the connection failed"
NO_HTTP: Final = "the answer is no HTTP"


class UnansweredError(Exception):
    """The other side did not answer in time, or not by HTTP. The message is one line."""


@dataclass(frozen=True)
class Target:
    """Where a URL leads: the host as in the URL, and what to ask it for."""

    secure: bool
    host: str
    port: int
    path: str


@dataclass(frozen=True)
class Answer:
    """What came back; of the body only what the caller had room for.

    Attributes:
        whole: nothing of the body was left out.
    """

    status: int
    whole: bool


def parse(url: str) -> Target:
    """Takes a URL apart.

    Raises:
        TargetError: it is not one that we use.
    """
    if len(url) > _LONGEST_URL or not (url.isascii() and url.isprintable()) or " " in url:
        raise TargetError(
            f"The address must be at most {_LONGEST_URL} ASCII characters, without spaces.",
            "bad_url",
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetError("The address cannot be read.", "bad_url") from error
    schemes = ("https", "http") if settings.OUTBOUND_LOOPBACK else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise TargetError("The address must begin with https:// and a host.", "bad_url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise TargetError("The address must have no user, password or fragment.", "bad_url")
    if port not in (None, 443) and not settings.OUTBOUND_LOOPBACK:
        raise TargetError("The address must use the usual port of https, 443.", "bad_url")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, parts.hostname, port or (443 if secure else 80), path)


def resolve(target: Target) -> list[str]:
    """The addresses of the target's host, all of them public, best first.

    Raises:
        TargetError: the host is unknown, or has an address that is not public.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(f"The host {target.host} is not known.", "unknown_host") from error
    addresses = [str(sockaddr[0]) for *_rest, sockaddr in found]
    if not addresses or not all(map(is_allowed, addresses)):
        raise TargetError(
            f"The host {target.host} is not on the public internet.", "private_address"
        )
    return list(dict.fromkeys(addresses))


def check_quickly(target: Target) -> None:
    """Refuses a target by its addresses, where they are found within `_QUICK_SECONDS`.

    A name server that keeps silent must not hold a page up. What is not known yet is checked when
    something is sent there (`request` checks every address before it connects).

    Raises:
        TargetError: the host is unknown, or has an address that is not public.
    """
    refusals: list[TargetError] = []

    def look_up() -> None:
        try:
            resolve(target)
        except TargetError as refusal:
            refusals.append(refusal)

    # The thread stays for as long as the system's resolver waits, and holds nothing up.
    lookup = threading.Thread(target=look_up, name="lookup", daemon=True)
    lookup.start()
    lookup.join(_QUICK_SECONDS)
    if refusals:
        raise refusals[0]


def is_allowed(address: str) -> bool:
    """Whether we connect to this IP address: public ones, and this machine's where that is set."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:  # with a zone, so link-local
        return False
    if settings.OUTBOUND_LOOPBACK and ip.is_loopback:
        return True
    if ip.version == 6 and ip not in _PUBLIC_V6:
        return False
    if ip.is_private or ip.is_multicast or ip.is_reserved or not ip.is_global:
        return False
    return not any(ip in network for network in _REFUSED if network.version == ip.version)


def request(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes | None,
    into: IO[bytes],
    *,
    room: int,
    seconds: float,
) -> Answer:
    """One request, and one answer whatever its status.

    Args:
        method: of HTTP.
        url: where to.
        headers: besides Host and Content-Length.
        body: to send.
        into: where the answer's body is written.
        room: bytes of the body that are read at most.
        seconds: for everything, but for the lookup of the name.

    Raises:
        TargetError: we do not connect there.
        UnansweredError: nothing that is HTTP came back in time.
    """
    target = parse(url)
    kind = PinnedTls if target.secure else Pinned
    connection = kind(target.host, target.port, resolve(target), min(seconds, _STEP_SECONDS))
    # Timeouts of a socket begin anew with every byte; this one does not.
    deadline = threading.Timer(seconds, connection.abort)
    deadline.start()
    try:
        connection.request(method, target.path, body, headers)
        with connection.getresponse() as response:
            answer = Answer(response.status, _read(response, into, room))
        if connection.aborted:  # which looks like the end of the headers, or of the body
            raise TimeoutError
        return answer
    except (OSError, HTTPException, ValueError) as error:
        late = isinstance(error, TimeoutError) or connection.aborted
        reason = LATE if late else _reason(error)
        raise UnansweredError(f"{target.host}: {reason}") from error
    finally:
        deadline.cancel()
        connection.close()


def _read(response: HTTPResponse, into: IO[bytes], room: int) -> bool:
    """Whether all of the body went into the room there is."""
    while room > 0 and (chunk := response.read1(min(_CHUNK, room))):
        into.write(chunk)
        room -= len(chunk)
    if room > 0 and response.length:
        raise ConnectionError("The body ended before its stated length.")
    return room > 0 or not response.read1(1)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return TLS
    if isinstance(error, ConnectionRefusedError):
        return CLOSED
    return BROKEN if isinstance(error, OSError) else NO_HTTP
