"""The command line: its words, each imported only when it is used, so that help and completion answer at once."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

import mailticket
from mailticket.cli.words import Asked, Failed, Words, as_ours
from mailticket.errors import MailticketError


@dataclass(frozen=True, slots=True)
class _Place:
    """Which file has a word, and what help says about it (that file's own sentence; a test compares them)."""

    module: str
    summary: str


WORDS: Mapping[str, _Place] = {
    "demo": _Place("serve", "Show a whole help desk on this machine; no account needed."),
    "init": _Place(
        "setting_up.init",
        "Write a first config for an address: finds its servers, keeps the password safely, tries the accounts.",
    ),
    "sign-in": _Place("upkeep.sign_in", "Sign in once for a mailbox at Microsoft or Google that no secret opens."),
    "check": _Place("setting_up.admin", "Try everything that the desk needs; say how to mend what fails."),
    "run": _Place("serve", "Run the desk: the daemon."),
    "ingest": _Place("mail.mails", "Put .eml files, or a mail from an MTA's pipe, into the inbox."),
    "explain": _Place("casework.explain", "Tell why something happened to a mail or a case."),
    "replay": _Place("mail.replay", "Show what would happen to mails; nothing is stored or sent."),
    "case": _Place(
        "casework.cases", "List, show, open cases; answer, note, assign, change, merge, split, mask, delete them."
    ),
    "customer": _Place("persons.customer", "List, show, change and merge customers."),
    "csr": _Place("persons.people", "List CSRs; set them away or available."),
    "blacklist": _Place("persons.blacklist", "List, add and remove unwanted senders."),
    "inbox": _Place("traffic.queues", "List, show, retry and discard mails that came in."),
    "outbox": _Place("traffic.queues", "List, show, retry and cancel letters that go out."),
    "webhook": _Place("traffic.webhook", "List, show, retry and cancel webhook calls to other programs."),
    "reconcile": _Place("upkeep.reconcile", "Compare the mailboxes with the database; mend what is safe."),
    "report": _Place("casework.reports", "Report on what customers ask for."),
    "export": _Place(
        "privacy.erasing", "Write all that is kept about a customer (an address or a customer number) to a .zip."
    ),
    "erase": _Place(
        "privacy.erasing",
        "Erase everything that a customer (an address or a customer number) said and sent; figures stay.",
    ),
    "migrate": _Place("setting_up.admin", "Bring the database up to this version."),
    "backup": _Place(
        "upkeep.safekeeping", "Copy database and files into a new folder of TARGET, while the daemon runs."
    ),
    "restore": _Place(
        "upkeep.safekeeping",
        "Bring the backup FOLDER back into an empty place; what may have gone out is held.",
    ),
    "verify": _Place("upkeep.safekeeping", "Read everything that is kept and say what is wrong with it."),
}


class _Mailticket(Words):
    """The group of all words. Errors that we raise on purpose become a line or two, never a traceback."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(WORDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in WORDS:
            return None
        module = importlib.import_module(f"mailticket.cli.{WORDS[name].module}")
        command: click.Command = getattr(module, name.replace("-", "_"))
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in WORDS.items()])

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except MailticketError as error:
            raise Failed.by(error) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Failed.by(as_ours(error)) from error


@click.group(cls=_Mailticket, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(mailticket.__version__, package_name="mailticket", message="mailticket %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """mailticket: the help desk that lives in the mail client.

    The config is --config, else $MAILTICKET_CONFIG, ./config.toml or /etc/mailticket/config.toml. Exit codes: 0 done,
    1 failed, 2 used wrongly, 75 try again.
    """
    context.ensure_object(Asked)
