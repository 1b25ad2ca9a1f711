"""Preview: an answer as its customer would get it, before there is one. Reads and writes nothing. I/O."""

from __future__ import annotations

from mailticket.config.models import Service
from mailticket.desk.office import Office
from mailticket.domain.case import Case, Entry, EntryKind, public
from mailticket.domain.decision import LetterKind
from mailticket.domain.intents import Answer
from mailticket.domain.people import Participant
from mailticket.letters.occasion import ForCustomer, Occasion
from mailticket.letters.render import Rendered, render
from mailticket.letters.values import customer_values


def finished(office: Office, service: Service, case: Case, answer: Answer) -> Rendered:
    """The letter to the customer of the case, without the history that it will also show."""
    now, number = office.clock(), case.entries + 1
    viewer = Participant(case.customer.address, is_customer=True)
    entry = Entry(0, number, EntryKind.REPLY, now, answer.by.address, answer.words, subject=answer.subject)
    shown = public(entry, viewer, service.sender.name)
    letter = ForCustomer(
        case,
        viewer,
        (shown,) if shown else (),
        brings=number,
        csr=office.config.csr_at(answer.by.csr),
        is_greeted=answer.words.greeting,
        subject=answer.subject,
    )
    occasion = Occasion(office.config, service, now, office.zone, case.language or office.config.mailticket.language)
    return render(LetterKind.CUSTOMER_REPLY, customer_values(letter, occasion), office.book)
