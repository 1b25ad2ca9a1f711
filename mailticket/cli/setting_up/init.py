"""`mailticket init`: from an address to a config that works: servers found, password kept, accounts tried."""

from __future__ import annotations

import os
import pwd
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailticket.cli.opened import owner_of
from mailticket.cli.setting_up import first_config
from mailticket.cli.setting_up.finding import Status
from mailticket.cli.setting_up.first_config import FirstConfig, Sign
from mailticket.cli.words import Asked, Whole, Word
from mailticket.domain.address import Address
from mailticket.errors import Permanent

if TYPE_CHECKING:
    from mailticket.config.providers import MailServer
    from mailticket.wire.discovery import Found

_SYSTEM_DATA = Path("/var/lib/mailticket")
_SECURITY = click.Choice(["tls", "starttls", "none"])
_PORTS = {("imap", "tls"): 993, ("imap", "starttls"): 143, ("smtp", "tls"): 465, ("smtp", "starttls"): 587}


@dataclass(frozen=True, slots=True)
class Given:
    """What the options say; "" or None is asked for or found."""

    imap_host: str
    imap_port: int | None
    imap_security: str | None
    smtp_host: str
    smtp_port: int | None
    smtp_security: str | None
    username: str
    password_file: Path | None
    password_stdin: bool
    oauth: str | None
    tenant: str
    client_id: str
    client_secret_file: Path | None
    csr: str
    csr_name: str
    role: str
    data: str
    admin: tuple[str, ...]
    yes: bool
    offline: bool
    force: bool


_EXISTING = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(cls=Word)
@click.argument("address")
@click.option("--imap-host", default="", help="The IMAP server.")
@click.option("--imap-port", type=Whole(1, 65535), help="Its port; else the usual one.")
@click.option("--imap-security", type=_SECURITY, help="How it is reached; else tls.")
@click.option("--smtp-host", default="", help="The SMTP server.")
@click.option("--smtp-port", type=Whole(1, 65535), help="Its port; else the usual one.")
@click.option("--smtp-security", type=_SECURITY, help="How it is reached; else starttls, or tls on port 465.")
@click.option("--username", default="", help="The account; else the address.")
@click.option("--password-file", type=_EXISTING, help="A file that holds the password.")
@click.option("--password-stdin", is_flag=True, help="The password is the first line of the standard input.")
@click.option("--oauth", type=click.Choice(["microsoft", "google", "none"]), help="Sign in by OAuth, or by password.")
@click.option("--tenant", default="", help="Microsoft's tenant.")
@click.option("--client-id", default="", help="Microsoft's id of the application.")
@click.option("--client-secret-file", type=_EXISTING, help="The application's secret, or Google's JSON file.")
@click.option("--csr", default="", metavar="ADDRESS", help="The first CSR's address.")
@click.option("--csr-name", default="", help="The name that customers read.")
@click.option("--role", default="support", show_default=True, help="The role that gets new cases.")
@click.option("--data", default="", metavar="DIR", help="Where the desk keeps its data.")
@click.option("--admin", multiple=True, metavar="ADDRESS", help="Who gets alarms; else the first CSR.")
@click.option("--yes", is_flag=True, help="Take what is found and ask nothing.")
@click.option("--offline", is_flag=True, help="Look nothing up in DNS or on the web.")
@click.option("--force", is_flag=True, help="Replace a config that exists.")
@click.pass_obj
def init(asked: Asked, /, address: str, **options: Any) -> None:
    """Write a first config for an address: finds its servers, keeps the password safely, tries the accounts."""
    from mailticket.settings.reading import VARIABLE

    given = Given(**{one.name: options[one.name] for one in fields(Given)})
    path = (asked.config or Path(os.environ.get(VARIABLE, "") or "config.toml")).absolute()
    _refuse_beforehand(address, path, given)
    found = _found(address, given)
    imap = _server("imap", found.imap, given)
    smtp = _server("smtp", found.smtp, given)
    sign, password = _sign(address, path, found, given)
    csr = _csr(address, given)
    data = given.data or (str(_SYSTEM_DATA) if os.access(_SYSTEM_DATA, os.W_OK) else "data")
    admins = given.admin or (csr[0],)
    config = FirstConfig(address, _service(address), imap, smtp, sign, csr, given.role, data, admins)
    if password:
        first_config.write(path.parent / sign.password_file, f"{password}\n", given.force)
    first_config.write(path, config.toml(), given.force)
    click.echo(f"\nWritten: {path}\n")
    _as_the_daemon(path.parent / data)
    _try_it(path, bool(sign.oauth) and given.client_secret_file is None)


def _refuse_beforehand(address: str, path: Path, given: Given) -> None:
    """What would fail at the end fails before anything is asked."""
    _address(address, "ADDRESS")
    if given.csr:
        _csr_address(given.csr, address)
    for admin in given.admin:
        _address(admin, "--admin")
    if path.exists() and not given.force:
        raise Permanent(f"{path} exists; nothing was changed.", "Use --force to replace it, or --config for another.")
    if not path.parent.is_dir():
        raise Permanent(f"There is no folder {path.parent}.", f"Run: mkdir -p {path.parent}")
    if given.yes and not given.csr:
        raise click.UsageError("with --yes the first CSR has to be named: --csr ADDRESS")
    kept = path.parent / _password_file(address)
    is_needed = not given.password_file and given.oauth in (None, "none")
    if kept.exists() and is_needed and not given.force:
        fix = "Use --force to replace it, or --password-file to keep it."
        raise Permanent(f"{kept} exists; nothing was changed.", fix)


def _address(written: str, where: str) -> str:
    """As the config takes it. Raises BadParameter for what it would refuse later."""
    from mailticket.config.kinds import mail_address

    try:
        return mail_address(written)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=where) from error


def _csr_address(written: str, service: str) -> str:
    """The CSR's own, not the service's."""
    found = _address(written, "--csr")
    if Address("", found).key == Address("", service).key:
        raise click.UsageError("the CSR needs an address of their own: this is the service's")
    return found


def _service(address: str) -> str:
    """What the service is called, and its password's file after it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", address.partition("@")[0]).strip("-._") or "support"


def _password_file(address: str) -> str:
    return f"{_service(address)}.password"


def _found(address: str, given: Given) -> Found:
    """What is known of the servers, unless the options tell both."""
    from mailticket.wire import discovery
    from mailticket.wire.discovery import Found

    if given.imap_host and given.smtp_host:
        return Found("as the options say")
    found = discovery.find(address, lambda line: click.echo(f"  {line}"), offline=given.offline)
    click.echo(f"Found by {found.how}" if found.is_sure else f"Nothing was found; what follows is {found.how}")
    if found.note:
        click.echo(f"Note: {found.note}")
    return found


def _ask(
    question: str, option: str, default: str | None = None, *, hide: bool = False, takes: Callable[[str], str] = str
) -> str:
    """What somebody types; a script that cannot is told which option says the same.

    What `takes` raises a UsageError for is asked again.
    """
    try:
        return str(click.prompt(question, default=default, hide_input=hide, value_proc=takes))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)
        or_yes = "" if default is None else ", or --yes to take what is found"
        raise click.UsageError(f"nobody is there to be asked: give {option}{or_yes}") from None


def _server(door: str, found: MailServer | None, given: Given) -> MailServer:
    """One server: as the options say, else as it was found, else as somebody answers."""
    from mailticket.config.providers import MailServer

    host, port, security = (getattr(given, f"{door}_{key}") for key in ("host", "port", "security"))
    if found and not host:
        host = found.host if given.yes else _ask(f"{door.upper()} server", f"--{door}-host", found.host)
    elif not host:
        if given.yes:
            raise click.UsageError(f"no {door.upper()} server was found; name it: --{door}-host")
        host = _ask(f"{door.upper()} server", f"--{door}-host")
    known = found if found and found.host == host else None
    if security is None:
        by_port = {465: "tls", 993: "tls", 143: "starttls", 587: "starttls"}.get(port or 0)
        security = by_port or (known.security if known else "tls" if door == "imap" else "starttls")
    if port is None:
        port = known.port if known and known.security == security else _PORTS.get((door, security), 0)
    if not port:
        raise click.UsageError(f"without TLS the port has to be named: --{door}-port")
    return MailServer(host, port, security)


def _sign(address: str, path: Path, found: Found, given: Given) -> tuple[Sign, str]:
    """How the account is opened, and the password that was typed, which is to be kept in a file beside the config."""
    username = given.username or found.username or address
    if not (given.username or given.yes):
        username = _ask("User name", "--username", username)
    oauth = given.oauth or ("" if given.password_file or given.password_stdin else found.oauth)
    if oauth and oauth != "none":
        return Sign(username, oauth=_oauth(oauth, path, given)), ""
    if given.password_file:
        return Sign(username, password_file=os.path.relpath(given.password_file.absolute(), path.parent)), ""
    if given.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif given.yes:
        raise click.UsageError("with --yes the password is needed: --password-file or --password-stdin")
    else:
        password = _ask("Password", "--password-file or --password-stdin", hide=True)
    if not password:
        raise click.UsageError("the password is empty")
    return Sign(username, password_file=_password_file(address)), password


def _oauth(provider: str, path: Path, given: Given) -> tuple[tuple[str, str], ...]:
    """The keys of the oauth table."""
    keys = [("provider", provider)]
    if provider == "microsoft":
        for key, option, question in (
            ("tenant", given.tenant, "Microsoft tenant (its domain or id)"),
            ("client_id", given.client_id, "Id of the registered application (docs/oauth.md)"),
        ):
            if not option and given.yes:
                raise click.UsageError(f"OAuth at Microsoft needs --{key.replace('_', '-')}")
            keys.append((key, option or _ask(question, f"--{key.replace('_', '-')}")))
    if given.client_secret_file:
        keys.append(("client_secret_file", os.path.relpath(given.client_secret_file.absolute(), path.parent)))
    elif provider == "google":
        raise click.UsageError("OAuth at Google needs --client-secret-file, the JSON file from its console")
    return tuple(keys)


def _csr(address: str, given: Given) -> tuple[str, str]:
    """Address and name of the first CSR."""
    question = "First CSR's mail address (their own mailbox, not the service's)"
    email = given.csr or _ask(question, "--csr", takes=partial(_csr_address, service=address))
    usual = re.sub(r"[._-]+", " ", email.partition("@")[0]).title()
    name = given.csr_name or (usual if given.yes else _ask("Their name, as customers read it", "--csr-name", usual))
    return email, name


def _as_the_daemon(data: Path) -> None:
    """Root becomes the user to whom the data folder belongs: what that user cannot read or write has to show."""
    if os.geteuid() != 0 or not data.exists() or data.stat().st_uid == 0:
        return
    name, place = owner_of(data), data.stat()
    if name.startswith("#"):  # no name, so no groups of their own either
        group = place.st_gid
        os.setgroups([group])
    else:
        group = pwd.getpwnam(name).pw_gid
        os.initgroups(name, group)
    os.setgid(group)
    os.setuid(place.st_uid)
    click.echo(f"From here on as the user {name}, to whom {data} belongs.")


def _try_it(path: Path, must_sign_in: bool) -> None:
    """What `check` finds, and the commands that come next."""
    from mailticket.cli.setting_up import checks
    from mailticket.cli.setting_up.admin import show_findings
    from mailticket.settings.reading import SYSTEM_WIDE

    if must_sign_in:
        click.echo("Somebody has to sign in once for the mailbox. Next:\n  mailticket sign-in\n  mailticket check")
        return
    click.echo("Trying it, as `mailticket check` does ...")
    findings = checks.look(path)
    show_findings(findings)
    option = "" if path in (Path("config.toml").absolute(), SYSTEM_WIDE) else f" --config {path}"
    if any(one.status is Status.FAILED for one in findings):
        click.echo(f"\nThe config stays. Mend what failed in {path} or in the password's file; then:")
        click.echo(f"  mailticket check{option}")
        raise click.exceptions.Exit(1)
    click.echo("\nNext:")
    for command, does in (
        ("check --send", "mails itself and compares"),
        ("run --shadow", "shows what would be done with its mail, were it new; changes nothing"),
        ("run", "the desk; systemd/ has a unit for it"),
    ):
        click.echo(f"  mailticket {command}{option}".ljust(40) + f"  # {does}")
