"""PURE: where the mail servers of well-known providers are, by the domain of an address or by its mail exchanger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailticket.config.kinds import Security


@dataclass(frozen=True, slots=True)
class MailServer:
    """One door of a provider."""

    host: str
    port: int
    security: Security = "tls"

    def __str__(self) -> str:
        return f"{self.host}:{self.port} ({self.security})"


@dataclass(frozen=True, slots=True)
class Provider:
    """`domains`: addresses there are this provider's; `exchangers`: ends of MX host names of their customers' domains.

    `note` is what its users have to do first. `oauth` names the sign-in that it wants rather than a password.
    """

    name: str
    imap: MailServer
    smtp: MailServer
    source: str
    domains: tuple[str, ...] = ()
    exchangers: tuple[str, ...] = ()
    note: str = ""
    oauth: str = ""


_APP_PASSWORD = "It wants an app password, made in the account's security settings, not the usual one."
_SWITCH_ON = "IMAP must be switched on in the mailbox's settings first (under POP3/IMAP)."


def _server(host: str, port: int = 993) -> MailServer:
    return MailServer(host, port, "starttls" if port == 587 else "tls")


#: Each as the provider's own page says (`source`), seen 2026-11.
PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "Microsoft 365",
        _server("outlook.office365.com"),
        _server("smtp.office365.com", 587),
        "https://support.microsoft.com/office/pop-imap-and-smtp-settings-for-outlook-com",
        exchangers=("mail.protection.outlook.com", "mx.microsoft"),
        note="Passwords no longer open its mailboxes; an application has to be registered once (docs/oauth.md).",
        oauth="microsoft",
    ),
    Provider(
        "Outlook.com",
        _server("outlook.office365.com"),
        _server("smtp-mail.outlook.com", 587),
        "https://support.microsoft.com/office/pop-imap-and-smtp-settings-for-outlook-com",
        domains=("outlook.com", "outlook.de", "hotmail.com", "hotmail.de", "live.com", "live.de", "msn.com"),
        note='Passwords no longer open its mailboxes: OAuth with tenant = "consumers" (docs/oauth.md).',
        oauth="microsoft",
    ),
    Provider(
        "Gmail",
        _server("imap.gmail.com"),
        _server("smtp.gmail.com", 587),
        "https://developers.google.com/gmail/imap/imap-smtp",
        domains=("gmail.com", "googlemail.com"),
        exchangers=("google.com", "googlemail.com"),
        note="It wants OAuth (docs/oauth.md), or an app password of an account with 2-step verification.",
    ),
    Provider(
        "GMX",
        _server("imap.gmx.net"),
        _server("mail.gmx.net", 587),
        "https://hilfe.gmx.net/pop-imap/imap/imap-serverdaten.html",
        domains=("gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.info", "gmx.org"),
        note=_SWITCH_ON,
    ),
    Provider(
        "GMX",
        _server("imap.gmx.com"),
        _server("mail.gmx.com", 587),
        "https://support.gmx.com/pop-imap/imap/server.html",
        domains=("gmx.com", "gmx.us", "gmx.co.uk"),
        note=_SWITCH_ON,
    ),
    Provider(
        "WEB.DE",
        _server("imap.web.de"),
        _server("smtp.web.de", 587),
        "https://hilfe.web.de/pop-imap/imap/imap-serverdaten.html",
        domains=("web.de",),
        note=_SWITCH_ON,
    ),
    Provider(
        "Yahoo",
        _server("imap.mail.yahoo.com"),
        _server("smtp.mail.yahoo.com", 465),
        "https://help.yahoo.com/kb/SLN4075.html",
        domains=("yahoo.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr", "yahoo.it", "yahoo.es", "ymail.com"),
        exchangers=("yahoodns.net",),
        note=_APP_PASSWORD,
    ),
    Provider(
        "AOL",
        _server("imap.aol.com"),
        _server("smtp.aol.com", 465),
        "https://help.aol.com/articles/how-do-i-use-other-email-applications-to-send-and-receive-my-aol-mail",
        domains=("aol.com", "aol.de"),
        note=_APP_PASSWORD,
    ),
    Provider(
        "iCloud",
        _server("imap.mail.me.com"),
        _server("smtp.mail.me.com", 587),
        "https://support.apple.com/102525",
        domains=("icloud.com", "me.com", "mac.com"),
        exchangers=("mail.icloud.com",),
        note=_APP_PASSWORD,
    ),
    Provider(
        "Fastmail",
        _server("imap.fastmail.com"),
        _server("smtp.fastmail.com", 465),
        "https://www.fastmail.help/hc/en-us/articles/1500000278342-Server-names-and-ports",
        domains=("fastmail.com", "fastmail.fm"),
        exchangers=("messagingengine.com",),
        note=_APP_PASSWORD,
    ),
    Provider(
        "Zoho",
        _server("imap.zoho.eu"),
        _server("smtp.zoho.eu", 465),
        "https://www.zoho.com/mail/help/imap-access.html",
        domains=("zohomail.eu",),
        note="IMAP must be switched on in Zoho's settings first.",
    ),
    Provider(
        "Zoho",
        _server("imap.zoho.com"),
        _server("smtp.zoho.com", 465),
        "https://www.zoho.com/mail/help/imap-access.html",
        domains=("zoho.com", "zohomail.com"),
        note="IMAP must be switched on in Zoho's settings first.",
    ),
    Provider(
        "Zoho for organisations",
        _server("imappro.zoho.eu"),
        _server("smtppro.zoho.eu", 465),
        "https://www.zoho.com/mail/help/imap-access.html",
        exchangers=("zoho.eu",),
        note="IMAP must be switched on in Zoho's settings first.",
    ),
    Provider(
        "Zoho for organisations",
        _server("imappro.zoho.com"),
        _server("smtppro.zoho.com", 465),
        "https://www.zoho.com/mail/help/imap-access.html",
        exchangers=("zoho.com",),
        note="IMAP must be switched on in Zoho's settings first.",
    ),
    Provider(
        "mailbox.org",
        _server("imap.mailbox.org"),
        _server("smtp.mailbox.org", 465),
        "https://kb.mailbox.org/en/private/e-mail/setup-and-settings",
        domains=("mailbox.org",),
        exchangers=("mailbox.org",),
    ),
    Provider(
        "Posteo",
        _server("posteo.de"),
        _server("posteo.de", 465),
        "https://posteo.de/en/help/how-do-i-set-up-posteo-in-an-email-client-pop3-imap-and-smtp",
        domains=("posteo.de", "posteo.net"),
        exchangers=("posteo.de",),
    ),
    Provider(
        "IONOS",
        _server("imap.ionos.de"),
        _server("smtp.ionos.de", 465),
        "https://www.ionos.de/hilfe/e-mail/allgemeine-themen/serverinformationen-fuer-imap-pop3-und-smtp",
        exchangers=("ionos.de", "kundenserver.de"),
    ),
    Provider(
        "IONOS",
        _server("imap.ionos.com"),
        _server("smtp.ionos.com", 465),
        "https://www.ionos.com/help/email/general-topics/settings-for-your-email-programs-imap-pop3",
        exchangers=("ionos.com", "perfora.net"),
    ),
    Provider(
        "Strato",
        _server("imap.strato.de"),
        _server("smtp.strato.de", 465),
        "https://www.strato.de/faq/mail/wie-lauten-die-servernamen-fuer-meine-mails",
        exchangers=("rzone.de",),
    ),
    Provider(
        "OVHcloud",
        _server("ssl0.ovh.net"),
        _server("ssl0.ovh.net", 465),
        "https://help.ovhcloud.com/csm/en-mx-plan-email-configuration",
        exchangers=("mail.ovh.net", "ovh.net"),
    ),
    Provider(
        "Hetzner",
        _server("mail.your-server.de"),
        _server("mail.your-server.de", 587),
        "https://docs.hetzner.com/konsoleh/account-management/email/setting-up-an-email-account",
        exchangers=("your-server.de",),
    ),
    Provider(
        "T-Online",
        _server("secureimap.t-online.de"),
        _server("securesmtp.t-online.de", 465),
        "https://www.telekom.de/hilfe/apps-dienste/e-mail/server-daten",
        domains=("t-online.de", "magenta.de"),
        note="It wants the password for mail programs, set in the customer centre.",
    ),
    Provider(
        "Infomaniak",
        _server("mail.infomaniak.com"),
        _server("mail.infomaniak.com", 465),
        "https://www.infomaniak.com/en/support/faq/2427",
        domains=("ik.me", "etik.com"),
        exchangers=("infomaniak.ch",),
    ),
    Provider(
        "Gandi",
        _server("mail.gandi.net"),
        _server("mail.gandi.net", 465),
        "https://docs.gandi.net/en/gandimail/standard_email_settings",
        exchangers=("mail.gandi.net",),
    ),
    Provider(
        "Migadu",
        _server("imap.migadu.com"),
        _server("smtp.migadu.com", 465),
        "https://www.migadu.com/guides/",
        exchangers=("migadu.com",),
    ),
    Provider(
        "Private Email",
        _server("mail.privateemail.com"),
        _server("mail.privateemail.com", 465),
        "https://www.namecheap.com/support/knowledgebase/article.aspx/1179",
        exchangers=("privateemail.com",),
    ),
)


def by_domain(domain: str) -> Provider | None:
    """The provider whose own addresses are there."""
    return next((one for one in PROVIDERS if domain.lower() in one.domains), None)


def by_exchangers(hosts: Iterable[str]) -> Provider | None:
    """The provider that takes a domain's mail; the first of the hosts that somebody known has decides."""
    for host in (one.lower().rstrip(".") for one in hosts):
        for provider in PROVIDERS:
            if any(host == end or host.endswith(f".{end}") for end in provider.exchangers):
                return provider
    return None
