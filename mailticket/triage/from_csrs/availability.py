"""PURE: mails whose subject alone asks for something: `away`, `available` (in a role or in all), `list`."""

from __future__ import annotations

from mailticket.domain.intents import AskDeskCard, Intent, Refuse, SetAway
from mailticket.triage.question import Question
from mailticket.triage.subject import plain_subject

#: The word, and whether it means to be away; None: the desk card.
_WORDS: dict[str, bool | None] = {"away": True, "available": False, "list": None}


def asked(question: Question) -> tuple[Intent, ...]:
    """What the subject of a CSR's mail asks for; nothing if the mail is about a case or the subject says more."""
    word, _, role = plain_subject(question.mail.subject).strip(" .!").partition(" ")
    is_away = _WORDS.get(word.lower())
    if question.thread.case is not None or word.lower() not in _WORDS:
        return ()
    if is_away is None:
        return () if role else (AskDeskCard(question.by),)
    return _set_away(question, is_away, role.strip())


def _set_away(question: Question, is_away: bool, role: str) -> tuple[Intent, ...]:
    """A longer subject that happens to begin with the word is no such wish, unless it names one of their roles."""
    by, config = question.by, question.trust.config
    theirs = [one.name for one in config.role if any(csr.key == by.csr for csr in config.members(one.name))]
    named = [one for one in theirs if one.lower() == role.lower()] if role else theirs
    if not named:
        what = f'You are in no role "{role}".' if role else "You are in no role, so no case comes to you by rule."
        is_role = any(one.name.lower() == role.lower() for one in config.role)
        return (Refuse(by, what, "The admin puts CSRs into roles."),) if is_role or not role else ()
    state = "away: no new cases come to you" if is_away else "available: cases come to you again"
    where = f"in {role_list(named)}"
    why = f"you are {state} {where}"
    return (SetAway(by, by.csr, is_away, named[0] if role else "", why, is_said=True),)


def role_list(names: list[str]) -> str:
    """ "the role support", "the roles support and experts"."""
    if len(names) == 1:
        return f"the role {names[0]}"
    return f"the roles {', '.join(names[:-1])} and {names[-1]}"
