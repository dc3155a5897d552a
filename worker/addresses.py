"""Which addresses may be posted to: what an operator names, or whoever answers for its name, must not open the inside.

Link-local ones hold the cloud's own secrets (169.254.169.254) and are never spoken to; neither is anything that is no
single machine. What is not the open internet (this machine, its networks, a provider's) must have been named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

_HOST = re.compile(r"(?![\d.]*$)[a-z0-9._-]+")  # digits and points alone are a network, or a slip of the pen
_PRINTABLE = re.compile("[!-~]+")


@dataclass(frozen=True, slots=True)
class Named:
    """What the operator named: hosts, wherever they are, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def permit(self, host: str, address: str) -> bool:
        """Whether `host`, found at this address, may be spoken to there."""
        ip = ip_address(address)
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if _is_never(ip):
            return False
        return _is_open(ip) or host.lower() in self.hosts or any(ip in network for network in self.networks)


NOTHING = Named()


def check_url(url: str) -> None:
    """Raises ValueError unless it is http(s), has a host and a port that can be, and holds no user or password."""
    parts = urlsplit(url)
    web = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None and parts.port != 0
    if not web or not _PRINTABLE.fullmatch(url):
        raise ValueError("want http(s)://host/path in ASCII, without a user or a password")


def named(text: str) -> Named:
    """Host names and networks with commas between them. Raises ValueError."""
    hosts: set[str] = set()
    networks: list[IPv4Network | IPv6Network] = []
    for item in filter(None, map(str.strip, text.lower().split(","))):
        if _HOST.fullmatch(item):
            hosts.add(item)
        else:
            networks.append(ip_network(item, strict=False))
    return Named(frozenset(hosts), tuple(networks))


# Where clouds keep secrets, beside the link-local ones: Alibaba, Azure, AWS.
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")))


def _is_never(ip: IPv4Address | IPv6Address) -> bool:
    tunnelled = isinstance(ip, IPv6Address) and ip.sixtofour is not None  # leads to whatever IPv4 address it holds
    reserved = ip.is_reserved and not ip.is_loopback  # ::1 lies in a reserved block
    return ip in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified or reserved or tunnelled


def _is_open(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not (isinstance(ip, IPv6Address) and ip.is_site_local)
