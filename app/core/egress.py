"""Where requests of this service may go: which addresses and names, and which an administrator allows besides. Pure.

Refused is whatever is not plainly a public host, so that nobody can make this service ask what stands behind it.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
PORTS = frozenset({443, 8443})
LONGEST_URL = 2000
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"{LABEL}(\.{LABEL})*")
HOST = r"\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+"
URL = re.compile(rf"(?P<scheme>https?)://(?P<host>{HOST})(:(?P<port>[0-9]{{1,5}}))?(?P<rest>[/?].*)?")
REST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*")
NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")

NOT_PUBLIC: tuple[Network, ...] = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        # Of IPv6 only what is handed out as global unicast is public, without what carries another address in it
        # (Teredo, 6to4), is kept for protocols, or stands in documents. NAT64, mapped and local ones lie below 2000::.
        "::/3", "4000::/2", "8000::/1", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
NEVER_BY_NAME: tuple[Network, ...] = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3",
        "::/8", "2001::/32", "2002::/16", "fe80::/9", "ff00::/8",
    )
)  # fmt: skip
"""What no allowed name may lead to all the same: this machine, its cable, everybody at once."""


class Refused(ValueError):
    """A request may not go there, and why."""


class Allowed(NamedTuple):
    """What an administrator allows beside the public: names of hosts, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """Read a list of names and networks.

        Raises:
            ValueError: an entry is neither.
        """
        hosts: set[str] = set()
        networks: list[Network] = []
        for entry in entries:
            if NAME.fullmatch(entry.lower()) and not _ends_in_a_number(entry.lower()):
                hosts.add(entry.lower())
            else:
                networks.append(ipaddress.ip_network(entry))
        return cls(frozenset(hosts), tuple(networks))

    def has(self, address: Address) -> bool:
        """Whether an address is in an allowed network."""
        return any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Target:
    """An address of the web that was read and may be asked, if what its host resolves to may."""

    url: str
    scheme: str
    host: str
    port: int
    allowed: Allowed

    @classmethod
    def of(cls, url: str, allowed: Allowed) -> Self:
        """Read an address of the web.

        Raises:
            Refused: no request may go there, whatever its host resolves to.
        """
        parts = URL.fullmatch(url) if len(url) <= LONGEST_URL else None
        if parts is None or not REST.fullmatch(parts["rest"] or ""):
            raise Refused("is not a plain https address: no user, no fragment, nothing but ASCII")
        host = parts["host"].lower()
        literal = _literal(host)
        if literal is None and not NAME.fullmatch(host):
            raise Refused("has no plain host name")
        scheme, default = parts["scheme"], 443 if parts["scheme"] == "https" else 80
        port = int(parts["port"] or default)
        target = cls(url, scheme, host.strip("[]"), port, allowed)
        if literal is not None:
            target.judge([literal])
        elif not target.is_named and not allowed.networks:
            target.must_be_public()
        return target

    @property
    def is_named(self) -> bool:
        """Whether an administrator allows this host by its name."""
        return self.host in self.allowed.hosts

    def judge(self, addresses: Iterable[Address]) -> list[Address]:
        """The addresses of the host, all of which may be asked.

        Raises:
            Refused: there are none, or one of them may not.
        """
        found = list(addresses)
        if not found:
            raise Refused("resolves to nothing")
        for address in found:
            self._judge(address)
        return found

    def _judge(self, address: Address) -> None:
        if self.allowed.has(address):
            return
        if self.is_named:
            if _in(address, NEVER_BY_NAME):
                raise Refused("resolves to an address that no name may lead to")
            return
        if not is_public(address):
            raise Refused("resolves to an address that is not public")
        self.must_be_public()

    def must_be_public(self) -> None:
        """Refuse what is fit only for allowed hosts.

        Raises:
            Refused: it is not https, not at a usual port, or not a full name.
        """
        if self.scheme != "https":
            raise Refused("is not https; only allowed hosts may go without")
        if self.port not in PORTS:
            raise Refused(f"is at a port other than {', '.join(map(str, sorted(PORTS)))}")
        if "." not in self.host and ":" not in self.host:
            raise Refused("has no full host name")


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, and carries no other address in it."""
    return not _in(address, NOT_PUBLIC)


def _in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _ends_in_a_number(host: str) -> bool:
    """Whether a resolver may take the name for an address: octal, hexadecimal, one number for all four."""
    return NUMERIC.fullmatch(host.rpartition(".")[2]) is not None


def _literal(host: str) -> Address | None:
    """The address that a host is, or nothing for a name.

    Raises:
        Refused: it is an address written in an odd way.
    """
    try:
        if host.startswith("["):
            return ipaddress.IPv6Address(host.strip("[]"))
        if _ends_in_a_number(host):
            return ipaddress.IPv4Address(host)
    except ValueError:
        raise Refused("has an address for a host that is not written plainly") from None
    return None
