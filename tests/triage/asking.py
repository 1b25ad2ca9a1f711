"""Asks triage about a mail the way the desk does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from mailticket.config.models import Service
from mailticket.domain.case import StoredFile, Words
from mailticket.domain.facts import Known
from mailticket.domain.intents import Intent
from mailticket.domain.mail import InboundMail
from mailticket.triage.question import Reading
from mailticket.triage.read import read
from mailticket.triage.writer.sender import Trust
from tests import cast
from tests.builders import KEYS, NOW, case, known, letter_id, mail, our_letter

Kind = TypeVar("Kind", bound=Intent)


def ask(
    one: InboundMail,
    facts: Known | None = None,
    service: Service | None = None,
    files: Iterable[StoredFile] = (),
    is_silent: bool = False,
) -> Reading:
    """What triage says; without facts it knows nothing."""
    desk = service or cast.service()
    words = Words(one.words, one.words_html, one.text, one.reply.method, tuple(files))
    return read(one, words, facts or known(), Trust(cast.config(desk), desk, KEYS), NOW, is_silent)


def ask_ann(text: str, facts: Known | None = None, files: Iterable[StoredFile] = ()) -> Reading:
    """Ann answers the letter that we mailed to her about Carla's case."""
    reply = mail(cast.ANN.address, text, subject="Re: A question", in_reply_to=(letter_id(cast.ANN),))
    return ask(reply, facts or known(case(), mails=[our_letter(cast.ANN)]), files=files)


def only(kind: type[Kind], reading: Reading) -> Kind:
    """The one intent, which must be of this kind."""
    assert [type(one) for one in reading.intents] == [kind], reading
    found = reading.intents[0]
    assert isinstance(found, kind)
    return found
