"""How the servers of a service are reached: host, security, and the secret or token that opens them. I/O."""

from __future__ import annotations

from functools import partial
from typing import Literal

from mailticket.config.models import Config, Service
from mailticket.desk.office import Office
from mailticket.desk.servers import wallet
from mailticket.desk.servers.wallet import Wallet
from mailticket.wire.imap import ImapSettings
from mailticket.wire.oauth import Registration
from mailticket.wire.sasl import TokenSource
from mailticket.wire.smtp import SmtpSettings

Door = Literal["imap", "smtp"]
DOORS: tuple[Door, ...] = ("imap", "smtp")


def imap_settings(office: Office, service: Service) -> ImapSettings:
    """For `wire.imap.Mailbox`."""
    return imap_to(service, _source(office, service, "imap"))


def smtp_settings(office: Office, service: Service) -> SmtpSettings:
    """For `wire.smtp.Relay`."""
    return smtp_to(service, _source(office, service, "smtp"))


def imap_to(service: Service, source: TokenSource | None = None, timeout: float = 60.0) -> ImapSettings:
    """The mailbox of a service; `source` gives its tokens if it signs in by OAuth."""
    imap = service.imap
    password = "" if imap.oauth else imap.password.get_secret_value()
    return ImapSettings(
        imap.host, imap.port, imap.username, password, imap.security, imap.folder, timeout=timeout, token=source
    )


def smtp_to(service: Service, source: TokenSource | None = None) -> SmtpSettings:
    """The relay of a service; it is greeted with the domain of the service's address."""
    smtp = service.smtp
    password = "" if smtp.oauth else smtp.password.get_secret_value()
    return SmtpSettings(
        smtp.host, smtp.port, smtp.security, smtp.username, password, helo=service.sender.domain, token=source
    )


def registration(service: Service, door: Door) -> Registration | None:
    """The application that signs in for the mailbox or the relay; None where a password does."""
    server = service.imap if door == "imap" else service.smtp
    if server.oauth is None:
        return None
    oauth, secret = server.oauth, server.password.get_secret_value()
    return Registration(oauth.provider, oauth.tenant, oauth.client_id, server.username, secret)


def registrations(config: Config, service: str = "") -> list[Registration]:
    """Every account that signs in by OAuth, once, though its mailbox and its relay share it."""
    services = [one for one in config.service if service in ("", one.name)]
    found = [registration(one, door) for one in services for door in DOORS]
    return list({one.account: one for one in found if one is not None}.values())


def _source(office: Office, service: Service, door: Door) -> TokenSource | None:
    signs_in = registration(service, door)
    if signs_in is None:
        return None
    return partial(wallet.token, Wallet(office.store, office.keys, office.owner, office.clock), signs_in)
