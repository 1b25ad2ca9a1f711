"""What each link offers: the words of its page, and the wishes that its button stands for. Touches nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from mailticket.config.models import Config, Csr, Service
from mailticket.domain import case_intents as case_wish
from mailticket.domain import intents as wish
from mailticket.domain.case import Case, Status, Words
from mailticket.domain.people import Actor, ActorKind, Door
from mailticket.errors import Refused
from mailticket.letters.links import Act
from mailticket.tokens import LinkClaim
from mailticket.triage.commands import ready_answer
from mailticket.triage.commands.arguments import Desk, Unclear
from mailticket.triage.subject import plain_subject
from mailticket.web.status_words import STATUS_WORDS

Wishes = tuple[wish.Intent, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A link that is good, and what it is about. `reused`: the answer of another case that it would use again."""

    claim: LinkClaim
    case: Case
    csr: Csr
    config: Config
    service: Service
    now: datetime
    reused: str = ""

    @property
    def act(self) -> Act:
        return Act(self.claim.act)

    @property
    def by(self) -> Actor:
        reason = "a link that we mailed to this very CSR"
        return Actor(ActorKind.CSR, self.csr.address, reason, self.csr.key, sees_outcome=True, door=Door.LINK)

    def name_of(self, csr: str) -> str:
        """A CSR's name; raises Refused for one who is gone."""
        found = self.config.csr_at(csr)
        if found is None:
            raise Refused(f"{csr} is no longer a CSR here.", "Choose somebody else.")
        return found.name

    def role_of(self, csr: str, *preferred: str) -> str:
        """The first of these roles that the CSR has; "" leaves the case's role as it is."""
        found = self.config.csr_at(csr)
        return next((one for one in preferred if one and found in self.config.members(one)), "")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a link's page says and its button does. `command` asks for the same by mail, "" if none does.

    `text`: the label of a box for words, "" without one; `needs_text`: nothing happens while it is empty.
    `written`: what stands in the box at first. `answer`: what the customer will get without further words, shown as
    the finished letter.
    """

    title: str
    will: str
    button: str
    done: str
    makes: Callable[[Words], Wishes]
    command: str = ""
    text: str = ""
    needs_text: bool = False
    is_grave: bool = False
    answer: wish.Answer | None = None
    written: str = ""


def offer(asked: Asked) -> Offer:
    """What this link offers. Raises Refused where what it names is gone, KeyError for an act that is not a CSR's."""
    return _OFFERS[asked.act](asked)


_PRIVATE = "A private text for whoever gets the case (the customer never sees it)"


def _status(asked: Asked) -> Offer:
    to = Status(asked.claim.argument)
    title, will, button, done, command = STATUS_WORDS[to]
    resolution = "spam" if to is Status.SPAM else ""
    set_status = case_wish.SetStatus(asked.by, to, resolution=resolution)
    return Offer(title, will, button, done, lambda _: (set_status,), command, is_grave=to is Status.SPAM)


def _restore(asked: Asked) -> Offer:
    will = "The case will leave the spam box and be what it was before. A blacklist entry stays."
    done = "The case is out of the spam box."
    return Offer("This is no spam", will, "Restore the case", done, lambda _: (case_wish.Restore(asked.by),))


def _take(asked: Asked) -> Offer:
    has_it = _holder(asked)
    if asked.case.csr == asked.csr.key:
        raise Refused("The case is yours already.", "There is nothing to do.")
    will = f"The case will be yours; {has_it} has it now." if has_it else "The case will be yours."
    role = asked.role_of(asked.csr.key, asked.case.role, asked.service.first_level, asked.service.second_level)
    take = case_wish.Take(asked.by, role)
    return Offer("Take this case", will, "Take the case", "The case is yours.", lambda _: (take,), "#take")


def _note(asked: Asked) -> Offer:
    will = "Your words will be kept with the case. The customer never sees them."
    return Offer(
        "Write a note",
        will,
        "Keep the note",
        "The note is kept with the case.",
        lambda words: (wish.AddNote(asked.by, words),),
        "#note",
        "A private note",
        needs_text=True,
    )


def _assign(asked: Asked) -> Offer:
    key, name = asked.claim.argument, asked.name_of(asked.claim.argument)
    role = asked.role_of(key, asked.service.first_level, asked.case.role, asked.service.second_level)
    return Offer(
        f"Give this case to {name}",
        f"The case will go to {name}, who gets it by mail.",
        f"Give it to {name}",
        f"{name} has the case.",
        lambda words: (case_wish.Assign(asked.by, csr=key, role=role, words=words),),
        f"#assign {name}",
        _PRIVATE,
    )


def _assign_role(asked: Asked) -> Offer:
    role = _role(asked)
    return Offer(
        f"Give this case to {role}",
        f"The case will go to the role {role}; the rule finds somebody there, who gets it by mail.",
        f"Give it to {role}",
        f"The case is with the role {role}.",
        lambda words: (case_wish.Assign(asked.by, role=role, words=words),),
        f"#assign {role}",
        _PRIVATE,
    )


def _escalate(asked: Asked) -> Offer:
    key = asked.claim.argument
    if not key:
        return _to_role(asked, asked.service.second_level)
    name = asked.name_of(key)
    role = asked.role_of(key, asked.service.second_level, asked.service.first_level)
    return Offer(
        f"Escalate this case to {name}",
        f"The case will be escalated: {name} gets it by mail.",
        f"Escalate to {name}",
        f"{name} has the case.",
        lambda words: (case_wish.Escalate(asked.by, csr=key, role=role, words=words),),
        f"#escalate {name}",
        _PRIVATE,
    )


def _escalate_role(asked: Asked) -> Offer:
    return _to_role(asked, _role(asked))


def _to_role(asked: Asked, role: str) -> Offer:
    if not role:
        raise Refused("This service has no 2nd level.", "Escalate to a person instead.")
    return Offer(
        f"Escalate this case to {role}",
        f"The case will be escalated: somebody of {role} gets it by mail.",
        "Escalate the case",
        f"The case is escalated to {role}.",
        lambda words: (case_wish.Escalate(asked.by, role=role, words=words),),
        f"#escalate {role}",
        _PRIVATE,
    )


def _blacklist(asked: Asked) -> Offer:
    address = asked.case.customer.address.key
    subject = listed_subject(asked)
    about = f" with the subject “{subject}”" if subject else ""
    return Offer(
        "Blacklist this address" + (" with this subject" if subject else ""),
        f"Mail from {address}{about} will be rejected and deleted from now on, and this case goes to the spam box.",
        "Put it on the blacklist",
        f"{address}{about} is on the blacklist.",
        lambda _: (wish.AddToBlacklist(asked.by, address, subject),),
        "#blacklist subject" if subject else "#blacklist",
        is_grave=True,
    )


def _send(asked: Asked) -> Offer:
    send = wish.ReleaseHeld(asked.by, wish.NO_WORDS, entry=int(asked.claim.argument))
    will = "The answer that was held will go to the customer as it stands."
    return Offer("Send the answer", will, "Send it", "The answer is on its way.", lambda _: (send,), "#send")


def _drop(asked: Asked) -> Offer:
    drop = wish.DropHeld(asked.by, entry=int(asked.claim.argument))
    will = "The answer will not be sent. It stays with the case, marked as dropped."
    return Offer("Drop the answer", will, "Drop it", "The answer is dropped.", lambda _: (drop,), "#drop")


def _template(asked: Asked) -> Offer:
    name = asked.claim.argument
    try:
        ready = ready_answer.filled_in(name, Desk(asked.by, asked.config, asked.service, asked.now, asked.case))
    except Unclear as unclear:
        raise Refused(unclear.what, unclear.fix) from unclear

    def answer(own: Words) -> wish.Answer:
        text = "\n\n".join(filter(None, (ready.text, own.text.strip())))
        return wish.Answer(asked.by, Words(text), subject=ready.subject)

    customer = asked.case.customer
    return Offer(
        f"Answer with “{name}”",
        f"{customer.name or customer.address.address} will get this letter by mail.",
        "Send the answer",
        "The answer is on its way.",
        lambda own: (answer(own),),
        f"#template {name}",
        "Your own words below it, if you like (the customer reads them)",
        answer=answer(wish.NO_WORDS),
    )


def _reuse(asked: Asked) -> Offer:
    """Held on purpose: it was written for somebody else, so nobody gets it unseen."""
    if not asked.reused:
        raise Refused(f"The case {asked.claim.argument} has no answer any more.", "Write the answer yourself.")
    return Offer(
        f"Use the answer of {asked.claim.argument} again",
        "It was written for another customer: take out what was meant for them. Nothing is sent yet: you get the "
        "finished letter by mail, and send it from there.",
        "Show me the finished letter",
        "The answer is held, not sent",
        lambda own: (wish.Answer(asked.by, own, is_preview=True),),
        text="The answer",
        needs_text=True,
        written=asked.reused,
    )


_OFFERS: Mapping[Act, Callable[[Asked], Offer]] = MappingProxyType(
    {
        Act.STATUS: _status,
        Act.RESTORE: _restore,
        Act.TAKE: _take,
        Act.NOTE: _note,
        Act.ASSIGN: _assign,
        Act.ASSIGN_ROLE: _assign_role,
        Act.ESCALATE: _escalate,
        Act.ESCALATE_ROLE: _escalate_role,
        Act.BLACKLIST: _blacklist,
        Act.SEND: _send,
        Act.DROP: _drop,
        Act.TEMPLATE: _template,
        Act.REUSE: _reuse,
    }
)
#: What may be asked for on a colleague's case too: the rest is for whoever has it.
FOR_ANYBODY = frozenset({Act.TAKE, Act.NOTE, Act.SEND, Act.DROP, Act.UNDO})


def listed_subject(asked: Asked) -> str:
    """The subject that a blacklist link names: the case's own as mails are compared by it, or "" for any.

    Raises Refused if it would be empty, for that means any.
    """
    if asked.claim.argument != "subject":
        return ""
    subject = plain_subject(asked.case.subject).lower()
    if not subject:
        raise Refused("The case has no subject to go by.", "Blacklist the address alone.")
    return subject


def _role(asked: Asked) -> str:
    if asked.config.role_named(asked.claim.argument) is None:
        raise Refused(f"There is no role {asked.claim.argument} any more.", "Choose another one.")
    return asked.claim.argument


def _holder(asked: Asked) -> str:
    found = asked.config.csr_at(asked.case.csr)
    return found.name if found else asked.case.csr
