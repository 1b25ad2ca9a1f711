"""The mail servers of a service, as `check` sees them: login, folder, what they can do, their certificates."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailticket.cli.setting_up.finding import Finding, failed, ok, warning
from mailticket.config.models import Imap, Service, Smtp
from mailticket.desk.servers.credentials import imap_to, smtp_to
from mailticket.domain.times.spans import shown_size, shown_span
from mailticket.wire.imap import probe as probe_imap
from mailticket.wire.sasl import TokenSource
from mailticket.wire.smtp import probe as probe_smtp
from mailticket.wire.tls import TlsFacts

#: A server that takes longer for one answer is reported, so that all of `check` ends in time.
TIMEOUT = 10.0
#: Certificates are renewed some weeks ahead; one this close to its end was forgotten.
EXPIRES_SOON = timedelta(days=14)


def imap(service: Service, source: TokenSource | None = None) -> Iterator[Finding]:
    """Log in to the mailbox, open the folder, leave. `source` gives its tokens if it signs in by OAuth."""
    what, server = f"{service.name}: IMAP", service.imap
    if _lacks_password(server):
        yield failed(what, f"{server.host} was not asked: no password", "See the config's mistake above.")
        return
    seen = probe_imap(imap_to(service, source, TIMEOUT))
    able = [name for name in ("IDLE", "MOVE", "UIDPLUS") if name in seen.capabilities]
    mails = f"{seen.state.exists} {'mail' if seen.state.exists == 1 else 'mails'} in {server.folder}"
    yield ok(what, f"logged in to {server.host} as {server.username}; {mails}; {', '.join(able) or 'no extensions'}")
    if "IDLE" not in able:
        poll = shown_span(service.poll) if service.poll >= timedelta(minutes=1) else f"{service.poll.seconds} seconds"
        yield warning(what, f"no IDLE: new mail is seen only every {poll}", "Lower `poll` if that is too slow.")
    if _cannot_take_out(service, able):
        yield failed(what, "neither MOVE nor UIDPLUS: mails cannot be taken out one by one", 'Set processed = "keep".')
    yield from _certificate(what, seen.tls)


def smtp(service: Service, source: TokenSource | None = None) -> Iterator[Finding]:
    """Greet the relay, log in, leave."""
    what, server = f"{service.name}: SMTP", service.smtp
    if _lacks_password(server):
        yield failed(what, f"{server.host} was not asked: no password", "See the config's mistake above.")
        return
    seen = probe_smtp(replace(smtp_to(service, source), connect_timeout=TIMEOUT, command_timeout=TIMEOUT))
    who = f"logged in to {server.host} as {server.username}" if server.username else f"{server.host} answers"
    limit = f"; mails up to {shown_size(seen.max_size)}" if seen.max_size else ""
    yield ok(what, f"{who}{limit}")
    yield from _certificate(what, seen.tls)


def _cannot_take_out(service: Service, able: Collection[str]) -> bool:
    """Whether the server lacks what `processed` needs (RFC 6851, RFC 4315)."""
    one_of = {"keep": (), "delete": ("UIDPLUS",), "move": ("MOVE", "UIDPLUS")}[service.processed]
    return bool(one_of) and not set(one_of) & set(able)


def _lacks_password(server: Imap | Smtp) -> bool:
    return bool(server.username) and not server.oauth and not server.password.get_secret_value()


def _certificate(what: str, tls: TlsFacts) -> Iterator[Finding]:
    """How the line is secured, and for how long the certificate holds."""
    if not tls.version:
        yield ok(f"{what} TLS", "plain text, on this machine only")
    elif tls.certificate_expires_at is None:
        yield ok(f"{what} TLS", tls.version)
    else:
        left = tls.certificate_expires_at - datetime.now(UTC)
        said = f"{tls.version}, certificate until {tls.certificate_expires_at:%Y-%m-%d}"
        if left < EXPIRES_SOON:
            yield warning(f"{what} TLS", f"{said}: {shown_span(left)} left", "Renew the server's certificate.")
        else:
            yield ok(f"{what} TLS", said)
