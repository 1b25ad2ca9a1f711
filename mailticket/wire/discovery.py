"""Where the servers of an address are: known providers, DNS, the domain's own autoconfig, at last a guess. I/O.

Whatever is found is shown to the admin before a password goes there, and it goes only over TLS to a host that proves
its name: a false answer leads to an error, not to a leak.
"""

from __future__ import annotations

import re
import socket
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import dns.exception
import dns.resolver
from defusedxml import DefusedXmlException

from mailticket.config import providers
from mailticket.config.kinds import Security
from mailticket.config.providers import MailServer
from mailticket.domain.address import Address
from mailticket.domain.hosts import ascii_host
from mailticket.wire import tls

#: Seconds for all of one DNS question, and for one answer over HTTPS.
_DNS_PATIENCE, _HTTPS_PATIENCE = 3.0, 5.0
_LONGEST_ANSWER = 256 * 1024
_PORT = re.compile("[1-9][0-9]{0,4}")

#: RFC 6186 section 3 and RFC 8314 section 5.1: TLS from the first byte before STARTTLS.
_SRV: dict[str, tuple[tuple[str, Security], ...]] = {
    "imap": (("_imaps._tcp", "tls"), ("_imap._tcp", "starttls")),
    "smtp": (("_submissions._tcp", "tls"), ("_submission._tcp", "starttls")),
}
#: https://wiki.mozilla.org/Thunderbird:Autoconfiguration; the last one is Mozilla's table of providers.
_AUTOCONFIG = (
    "https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={address}",
    "https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    "https://autoconfig.thunderbird.net/v1.1/{domain}",
)
_SECURITY: dict[str, Security] = {"SSL": "tls", "STARTTLS": "starttls"}


@dataclass(frozen=True, slots=True)
class Found:
    """Servers and how they were found; None where nothing was. `is_sure` is False for a guess."""

    how: str
    imap: MailServer | None = None
    smtp: MailServer | None = None
    username: str = ""
    note: str = ""
    oauth: str = ""
    is_sure: bool = True


class Unreachable(Exception):
    """No DNS: nothing further can be looked up."""


@dataclass(frozen=True, slots=True)
class World:
    """How the world is asked; tests have one of their own. `mx` and `srv` give [] where there is no such record and
    raise Unreachable without DNS; `fetch` gives None for anything but an answer."""

    mx: Callable[[str], Sequence[str]] = field(default_factory=lambda: mx)
    srv: Callable[[str], Sequence[tuple[str, int]]] = field(default_factory=lambda: srv)
    fetch: Callable[[str], bytes | None] = field(default_factory=lambda: fetch)
    is_there: Callable[[str], bool] = field(default_factory=lambda: is_there)


def find(address: str, tell: Callable[[str], None], world: World | None = None, offline: bool = False) -> Found:
    """The servers of a mail address; `tell` hears what is tried. Never raises; the last resort is a guess."""
    domain = ascii_host(Address("", address).domain)
    known = providers.by_domain(domain)
    if known:
        return _of_provider(known, address, f"{domain} is one of its domains")
    if offline:
        tell("Offline: nothing is looked up.")
        return _guess(domain, address, None)
    asked = world or World()
    try:
        return _by_dns(domain, address, tell, asked) or _guess(domain, address, asked)
    except Unreachable as error:
        tell(f"No DNS here ({error}): nothing can be looked up.")
        return _guess(domain, address, None)


def _by_dns(domain: str, address: str, tell: Callable[[str], None], world: World) -> Found | None:
    exchangers = world.mx(domain)
    tell(f"MX of {domain}: {', '.join(exchangers[:3]) or 'none'}")
    provider = providers.by_exchangers(exchangers)
    if provider:
        return _of_provider(provider, address, f"{exchangers[0]} takes the mail of {domain}")
    return _by_srv(domain, address, tell, world) or _by_autoconfig(domain, address, tell, world)


def _of_provider(provider: providers.Provider, address: str, why: str) -> Found:
    how = f"{provider.name}: {why} ({provider.source})"
    return Found(how, provider.imap, provider.smtp, address, provider.note, provider.oauth)


def _by_srv(domain: str, address: str, tell: Callable[[str], None], world: World) -> Found | None:
    found: dict[str, MailServer] = {}
    for door, names in _SRV.items():
        for name, security in names:
            # A target of "." says that there is no such service (RFC 2782).
            hosts = [one for one in world.srv(f"{name}.{domain}") if one[0] not in ("", ".")]
            if hosts and door not in found:
                found[door] = MailServer(*hosts[0], security)
    tell(f"SRV of {domain}: {', '.join(map(str, found.values())) or 'none'}")
    if not found:
        return None
    return Found(f"SRV records of {domain} (RFC 6186)", found.get("imap"), found.get("smtp"), address)


def _by_autoconfig(domain: str, address: str, tell: Callable[[str], None], world: World) -> Found | None:
    for pattern in _AUTOCONFIG:
        url = pattern.format(domain=domain, address=quote(address))
        answer = world.fetch(url)
        found = read_autoconfig(answer, address) if answer else None
        tell(f"{url.partition('?')[0]}: {'found' if found else 'nothing'}")
        if found:
            return Found(f"autoconfig at {url.partition('?')[0]}", *found)
    return None


def read_autoconfig(answer: bytes, address: str) -> tuple[MailServer | None, MailServer | None, str] | None:
    """IMAP server, SMTP server and user name in Mozilla's XML; None if it is none, or holds no server with TLS."""
    try:
        root: Element = defusedxml.ElementTree.fromstring(answer, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    incoming, name = _first(root, "incomingServer", "imap", address)
    outgoing, _ = _first(root, "outgoingServer", "smtp", address)
    return (incoming, outgoing, name or address) if incoming or outgoing else None


def _first(root: Element, tag: str, kind: str, address: str) -> tuple[MailServer | None, str]:
    """The first server of a kind that is reached by TLS, and the user name that it wants."""
    local, _, domain = address.rpartition("@")
    for server in root.iter(tag):
        told = {child.tag: (child.text or "").strip() for child in server}
        for word, value in (("EMAILADDRESS", address), ("EMAILLOCALPART", local), ("EMAILDOMAIN", domain)):
            told = {key: text.replace(f"%{word}%", value) for key, text in told.items()}
        security, port = _SECURITY.get(told.get("socketType", "")), told.get("port", "")
        if server.get("type") == kind and security and _PORT.fullmatch(port) and _is_host(told.get("hostname", "")):
            made = MailServer(told["hostname"].lower(), int(port), security)
            return made, told.get("username", "")
    return None, ""


def _guess(domain: str, address: str, world: World | None) -> Found:
    """What most call their servers; without DNS nobody can say whether they exist."""

    def named(*names: str) -> str:
        there = (one for one in names if world is not None and world.is_there(f"{one}.{domain}"))
        return f"{next(there, names[0])}.{domain}"

    imap = MailServer(named("imap", "mail"), 993)
    smtp = MailServer(named("smtp", "mail"), 587, "starttls")
    return Found("a guess", imap, smtp, address, is_sure=False)


def _is_host(name: str) -> bool:
    return bool(name) and len(name) < 254 and all(letter.isalnum() or letter in ".-" for letter in name)


def resolver() -> dns.resolver.Resolver:
    """The system's name servers, asked for a short time."""
    made = dns.resolver.Resolver()
    made.lifetime = _DNS_PATIENCE
    return made


def mx(domain: str) -> list[str]:
    """The hosts that take a domain's mail, the most wanted first."""
    answer = _ask(domain, "MX")
    return [str(one.exchange).rstrip(".") for one in sorted(answer, key=lambda one: int(one.preference))]


def srv(name: str) -> list[tuple[str, int]]:
    """Hosts and ports of a service, the most wanted first (RFC 2782)."""
    answer = sorted(_ask(name, "SRV"), key=lambda one: (int(one.priority), -int(one.weight)))
    return [(str(one.target).rstrip("."), int(one.port)) for one in answer]


def _ask(name: str, kind: str) -> list[Any]:
    try:
        return list(resolver().resolve(name, kind))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise Unreachable(type(error).__name__) from error


def is_there(host: str) -> bool:
    """Does a host name lead anywhere?"""
    try:
        return bool(socket.getaddrinfo(host, None))
    except OSError:
        return False


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **named: Any) -> urllib.request.Request | None:
        made = super().redirect_request(*arguments, **named)
        return made if made and made.full_url.startswith("https://") else None


def fetch(url: str) -> bytes | None:
    """What an https address answers, up to 256 KB; None for anything but success."""
    handlers = (urllib.request.HTTPSHandler(context=tls.context()), _HttpsOnly())
    opener = urllib.request.build_opener(*handlers)
    try:
        with opener.open(url, timeout=_HTTPS_PATIENCE) as answer:
            body: bytes = answer.read(_LONGEST_ANSWER + 1)
    except (OSError, ValueError, HTTPException):
        return None
    return body if len(body) <= _LONGEST_ANSWER else None
