"""How the servers of a service are reached: host, security and the secret that the settings found. I/O."""

from __future__ import annotations

from mailticket.config.models import Service
from mailticket.wire.imap import ImapSettings
from mailticket.wire.smtp import SmtpSettings


def imap_settings(service: Service) -> ImapSettings:
    """For `wire.imap.Mailbox`."""
    imap = service.imap
    return ImapSettings(
        imap.host, imap.port, imap.username, imap.password.get_secret_value(), imap.security, imap.folder
    )


def smtp_settings(service: Service) -> SmtpSettings:
    """For `wire.smtp.Relay`; it greets with the domain of the service's address."""
    smtp = service.smtp
    helo = service.sender.domain
    return SmtpSettings(smtp.host, smtp.port, smtp.security, smtp.username, smtp.password.get_secret_value(), helo)
