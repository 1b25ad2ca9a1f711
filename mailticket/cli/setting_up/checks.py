"""What `mailticket check` looks at: everything side by side, each within a deadline, nothing hiding anything else."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from mailticket import settings
from mailticket.cli.setting_up import (
    check_machine,
    check_round_trip,
    check_rules,
    check_servers,
    check_store,
    check_tokens,
    check_web,
)
from mailticket.cli.setting_up.check_tokens import Tokens
from mailticket.cli.setting_up.finding import Finding, Status, failed, ok, warning
from mailticket.config.models import Config
from mailticket.errors import ConfigError, MailticketError
from mailticket.settings.reading import load_with_what_is_there

#: After so many seconds whatever has not answered is reported as dead.
DEADLINE = 15.0

#: What is looked at, and how.
Look = tuple[str, Callable[[], Iterable[Finding]]]


def look(path: Path, deadline: float = DEADLINE, sends_for: float = 0.0) -> list[Finding]:
    """Everything there is to find out about the desk of a config file, in the order of the table. With `sends_for`
    (seconds) each service whose servers are in order mails itself, and is waited for so long."""
    try:
        config, missing = load_with_what_is_there(path)
    except ConfigError as error:
        wrong = [failed("config", mistake, f"Mend it in {path}.") for mistake in error.mistakes]
        return wrong + _side_by_side(_looks_at_machine(), deadline)
    found = [failed("config", mistake) for mistake in missing] or [ok("config", str(path))]
    found += [warning("config", line) for line in settings.not_yet(config)]
    if not config.service:
        found.append(warning("config", "it has no [[service]], so no mail is collected", "Add one."))
    found += check_machine.exposed_passwords(path, config)
    tokens = check_tokens.gathered(config)
    found += _side_by_side([*_looks_at_desk(config, path, tokens), *_looks_at_machine()], deadline)
    if sends_for:
        found += _mailed_to_itself(config, tokens, found, sends_for, deadline)
    return found


def _mailed_to_itself(
    config: Config, tokens: Tokens, found: list[Finding], seconds: float, deadline: float
) -> list[Finding]:
    """What a mail to itself tells of each service that can send and read one."""
    broken = {one.what for one in found if one.status is Status.FAILED}
    able = [one for one in config.service if not broken & {f"{one.name}: IMAP", f"{one.name}: SMTP"}]
    told = [
        failed(f"{one.name}: mail to itself", "not tried, since its IMAP or SMTP fails", "Mend that first.")
        for one in config.service
        if one not in able
    ]
    try:
        with check_round_trip.collected_mails(config) as collected:
            send = partial(check_round_trip.look, config, tokens=tokens, patience=seconds, collected=collected)
            looks: list[Look] = [(f"{one.name}: mail to itself", partial(send, one)) for one in able]
            return told + _side_by_side(looks, seconds + 2 * deadline)
    except MailticketError as error:
        return [*told, failed("mail to itself", error.what, error.fix)]


def _looks_at_desk(config: Config, path: Path, tokens: Tokens) -> Iterator[Look]:
    yield "data folder", partial(check_machine.data_folder, config)
    yield "database", partial(check_store.database, config)
    yield "templates", partial(_templates, config, path)
    yield "rules", partial(check_rules.rules, config)
    yield "web", partial(check_web.web, config)
    for service in config.service:
        yield (
            f"{service.name}: IMAP",
            partial(check_servers.imap, service, check_tokens.source(tokens, service, "imap")),
        )
        yield (
            f"{service.name}: SMTP",
            partial(check_servers.smtp, service, check_tokens.source(tokens, service, "smtp")),
        )
        yield f"{service.name}: secrets", partial(check_tokens.secrets, service)


def _looks_at_machine() -> list[Look]:
    return [("clock", check_machine.clock), ("talon", check_machine.talon)]


def _templates(config: Config, path: Path) -> Iterator[Finding]:
    book = settings.templates_of(config, path.parent)
    folder = Path(config.mailticket.templates)
    own = f"with your own ones from {folder}" if folder.is_dir() else "the shipped ones"
    yield ok("templates", f"every letter can be made, {own}")
    for note in book.notes():
        yield warning("templates", note)


def _side_by_side(looks: Sequence[Look], deadline: float) -> list[Finding]:
    """Run each look in a thread of its own. One that hangs is left behind: the process ends without it."""
    answers: queue.SimpleQueue[tuple[int, list[Finding]]] = queue.SimpleQueue()
    for number, one in enumerate(looks):
        threading.Thread(target=_answer, args=(number, one, answers), daemon=True).start()
    found: dict[int, list[Finding]] = {}
    ends = time.monotonic() + deadline
    while len(found) < len(looks) and (left := ends - time.monotonic()) > 0:
        try:
            number, answer = answers.get(timeout=left)
        except queue.Empty:
            break
        found[number] = answer
    silent = f"no answer within {deadline:g} seconds"
    return [
        finding
        for number, (what, _look) in enumerate(looks)
        for finding in found.get(number, [failed(what, silent, "Check host, port and firewall.")])
    ]


def _answer(number: int, one: Look, answers: queue.SimpleQueue[tuple[int, list[Finding]]]) -> None:
    what, ask = one
    found: list[Finding] = []
    try:
        found.extend(ask())
    except ConfigError as error:
        found += [failed(what, mistake) for mistake in error.mistakes]
    except MailticketError as error:
        found.append(failed(what, error.what, error.fix))
    except Exception as error:  # whatever it is, it belongs into the table, beside what the others found
        found.append(failed(what, f"{type(error).__name__}: {error}", "This is a fault of mailticket's; report it."))
    answers.put((number, found))
