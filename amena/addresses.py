"""Where a request comes from, behind as many proxies of our own as there are."""

from __future__ import annotations

import ipaddress


def network_of(forwarded: str, peer: str, proxies: int) -> str:
    """The caller's address, or for IPv6 the /64 that one customer has; “unknown” if there is none.

    Every proxy appends the address it was called from to `X-Forwarded-For`. What stands before the
    last `proxies` entries has been written by the caller, who may write anything.

    Args:
        forwarded: the header `X-Forwarded-For`, or nothing.
        peer: the address at the other end of the connection.
        proxies: how many of our own proxies append to the header.

    >>> network_of("9.9.9.9, 203.0.113.7", "10.0.0.1", 1)
    '203.0.113.7'
    >>> network_of("9.9.9.9", "2001:db8::7", 0)
    '2001:db8::/64'
    """
    chain = [each for each in forwarded.split(",") if each]
    text = chain[-proxies] if 0 < proxies <= len(chain) else peer
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return "unknown"
    address = getattr(address, "ipv4_mapped", None) or address
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
