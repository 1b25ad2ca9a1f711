"""`mailticket case new`: a case in a customer's name, as when somebody rings up."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailticket.cli.acting import acting, as_csr, tell, text_of, words_of
from mailticket.cli.casework.case_change import facts, wishes_for
from mailticket.cli.words import Asked, Word
from mailticket.domain.address import Address
from mailticket.domain.case import Channel
from mailticket.domain.intents import Inquire
from mailticket.errors import Permanent

if TYPE_CHECKING:
    from mailticket.triage.commands.arguments import Desk

#: Where nobody gets mail (RFC 2606): who rings up and has no address is known by their number.
_BY_PHONE = "phone.invalid"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("new", cls=Word)
@click.argument("text")
@click.option("--customer", default="", metavar="ADDRESS", help='Whose: "Ann Bee <ann@bee.example>", or their number.')
@click.option("--phone", default="", metavar="NUMBER", help="Of a customer who has no mail address.")
@click.option("--name", default="", help="The customer's name.")
@click.option("--subject", default="", help="What it is about; else the first line of TEXT.")
@click.option("--service", "service", metavar="NAME", default="", help="The service; not needed if there is only one.")
@click.option("--file", "files", type=_FILE, multiple=True, metavar="FILE", help="A file of theirs.")
@facts
@as_csr
@click.pass_obj
def new(asked: Asked, /, text: str, service: str, files: Sequence[Path], csr: str, **options: Any) -> None:
    """Open a case on behalf of a customer.

    TEXT is their inquiry; "-" reads it from stdin.
    """
    from mailticket.cli.mail.taking_in import service_named
    from mailticket.desk.by_hand.opening import open_case
    from mailticket.triage.subject import plain_subject

    with acting(asked, csr) as act:
        found = service_named(act.desk.config, service, must_be_known=True)
        if found is None:
            names = ", ".join(one.name for one in act.desk.config.service)
            raise click.UsageError(f"Say --service: {names}.")
        words = words_of(text_of(text), files)
        if words.is_empty:
            raise Permanent("There is no text, so no case was opened.", "Say what the customer wants.")
        desk = act.arguments(None, found)
        customer = _customer(options, desk)
        subject = plain_subject(" ".join((options["subject"] or words.text.strip().split("\n", 1)[0])[:200].split()))
        inquiry = Inquire(act.by, customer, subject, words, channel=Channel.CONSOLE, may_echo=True)
        then = tuple(wishes_for(options, desk))
        decision = open_case(act.office, found, inquiry, then, f"cli:{secrets.token_hex(8)}")
        act.wake()
        tell(asked, "", decision)


def _customer(options: dict[str, Any], desk: Desk) -> Address:
    """By address, by the number of a customer we know, or by a telephone number alone. Raises Permanent, Unclear."""
    from mailticket.store import customers
    from mailticket.triage.commands import arguments

    written, phone, name = options["customer"], options["phone"], options["name"]
    if written and "@" not in written:
        known = customers.numbered(written)
        if len(known) != 1:
            what = "No customer has" if not known else f"{len(known)} customers have"
            raise Permanent(f"{what} the number {written}.", "Name their mail address. See `mailticket customer list`.")
        return known[0].address
    if written:
        found = arguments.outside_address("customer", written, desk)
        return Address(name or found.name, found.address)
    digits = re.sub(r"\D", "", phone)
    if not digits:
        raise click.UsageError("Say --customer ADDRESS, or --phone NUMBER of somebody who has none.")
    return Address(name or phone, f"{digits[:32]}@{_BY_PHONE}")
