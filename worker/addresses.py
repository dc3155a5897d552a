"""Decide which addresses may be posted to, so that neither a setting nor a DNS answer opens the internal network.

Link-local addresses serve the cloud's own secrets (169.254.169.254) and are always refused, as are addresses that are
not of a single machine. Any address outside the public internet (this machine, its networks, a provider's) is refused
unless the operator has named it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

_HOST = re.compile(r"(?![\d.]*$)[a-z0-9._-]+")  # only digits and dots: a network, or a typing error
_PRINTABLE = re.compile("[!-~]+")


@dataclass(frozen=True, slots=True)
class Named:
    """The hosts and the networks that the operator has named; a named host is permitted at any address."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def permit(self, host: str, address: str) -> bool:
        """Tell whether `host`, which was resolved to this address, may be connected to there."""
        ip = ip_address(address)
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if _is_never(ip):
            return False
        return _is_open(ip) or host.lower() in self.hosts or any(ip in network for network in self.networks)


NOTHING = Named()


def check_url(url: str) -> None:
    """Raise ValueError unless the URL is http(s) in ASCII with a host and a valid port, without user or password."""
    parts = urlsplit(url)
    web = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None and parts.port != 0
    if not web or not _PRINTABLE.fullmatch(url):
        raise ValueError("want http(s)://host/path in ASCII, without a user or a password")


def named(text: str) -> Named:
    """Parse host names and networks separated by commas. Raises ValueError."""
    hosts: set[str] = set()
    networks: list[IPv4Network | IPv6Network] = []
    for item in filter(None, map(str.strip, text.lower().split(","))):
        if _HOST.fullmatch(item):
            hosts.add(item)
        else:
            networks.append(ip_network(item, strict=False))
    return Named(frozenset(hosts), tuple(networks))


# Metadata servers of clouds that are not link-local: Alibaba, Azure, AWS.
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")))


def _is_never(ip: IPv4Address | IPv6Address) -> bool:
    tunnelled = isinstance(ip, IPv6Address) and ip.sixtofour is not None  # 6to4 leads to the IPv4 address in it
    reserved = ip.is_reserved and not ip.is_loopback  # ::1 lies in a reserved block
    return ip in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified or reserved or tunnelled


def _is_open(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not (isinstance(ip, IPv6Address) and ip.is_site_local)
