"""PURE: what must hold of every month, whatever happened in it. Each promise reads the log and tells what broke it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from mailticket.config.models import Service
from mailticket.domain.case import OPEN, Case, EntryKind, Status
from mailticket.domain.times.due import parse_due
from mailticket.law.draft import Policy
from tests.month.log import Letter, Log, told

#: Fields that people see, and words of which one must stand in an event where they change.
SEEN: Mapping[str, Callable[[Case], tuple[str, ...]]] = {
    "status": lambda case: (f"to {case.status}", case.status.capitalize()),
    "csr": lambda case: (case.csr.partition("@")[0].capitalize() if case.csr else "waits", "should have it"),
    "priority": lambda case: (f"to {case.priority}",),
    "due_at": lambda case: (f"Due {case.due_at:%Y-%m-%d %H:%M}" if case.due_at else "No longer due",),
    "tags": lambda _case: ("Tags:",),
    "skills": lambda _case: ("skills",),
    "time_worked": lambda _case: ("Worked", "Taken back"),
}
#: What a customer reads. The rest goes to CSRs and admins.
_FOR_CUSTOMERS = ("auto_reply", "customer_reply", "escalation_notice", "case_closed", "watcher_copy")


def _service(log: Log, case: Case) -> Service:
    return next(one for one in log.config.service if one.name == case.service)


def nobody_is_over_the_limit(log: Log) -> Iterator[str]:
    for one in log.gifts:
        if one.active > log.limit:
            yield f"{one.case} went to {one.csr}, who has {one.active} active cases now"


def nobody_who_is_away_is_given_a_case(log: Log) -> Iterator[str]:
    for one in log.gifts:
        if one.was_away:
            yield f"{one.case} went to {one.csr}, who is away"


def no_case_waits_while_somebody_able_is_there(log: Log) -> Iterator[str]:
    for one in log.waits:
        if one.able:
            yield f"{one.case} waits at {one.at}, though there is {', '.join(one.able)}"


def every_due_date_is_in_business_time(log: Log) -> Iterator[str]:
    for one in log.changes:
        service = _service(log, one.after)
        calendar = Policy(log.config, service).calendar(one.was.role)
        lengths = {
            "due_at": "1 business day",
            "respond_by": service.targets.first_response.get(one.after.priority.value, ""),
            "resolve_by": service.targets.resolution.get(one.after.priority.value, ""),
        }
        for field, length in lengths.items():
            moment: datetime | None = getattr(one.after, field)
            if moment is None or moment == getattr(one.was, field) or not length or not parse_due(length).is_business:
                continue
            if not calendar.is_open(moment):
                yield f"{one.after.id} of {service.name} has {field} at {moment}, out of business time"


def every_closed_case_was_closed_for_a_reason(log: Log) -> Iterator[str]:
    for one in log.changes:
        if one.after.status is not Status.CLOSED or one.was.status is Status.CLOSED:
            continue
        reasons = [entry.words.text for entry in one.told if " to closed: " in entry.words.text]
        if not reasons or not reasons[-1].partition(" to closed: ")[2].strip(" ."):
            yield f"{one.after.id} was closed, and nothing says why"
        if one.after.closed_at is None or one.after.timers or one.after.waiting_since:
            yield f"{one.after.id} is closed, and something still waits for it"


def no_resolved_case_closes_before_its_time(log: Log) -> Iterator[str]:
    for one in log.changes:
        case, by_clock = one.after, any("resolved for" in entry.words.text for entry in one.told)
        if case.status is Status.CLOSED and by_clock and case.closed_at and case.resolved_at:
            if case.closed_at - case.resolved_at < _service(log, case).cases.complete_after:
                yield f"{case.id} was resolved at {case.resolved_at} and closed at {case.closed_at}"


def every_mail_is_answered_or_explained(log: Log) -> Iterator[str]:
    """Acknowledged where it opened a case, or the case says why not; else on the case that it names."""
    acknowledged = {one.case for one in log.letters if one.letter == "auto_reply"}
    entries = [(one.after.id, entry) for one in log.changes for entry in one.told]
    said = {(case, entry.number) for case, entry in entries}
    explained = {case for case, entry in entries if entry.words.text.startswith("No acknowledgement: ")}
    for mail in log.mails:
        if mail.state != "done" or not mail.outcome or not mail.reason:
            yield f"the mail of {mail.sender} at {mail.at} is {mail.state} {mail.outcome} for no reason"
        elif mail.case and mail.entry and (mail.case, mail.entry) not in said:
            yield f"the mail of {mail.sender} became entry {mail.entry} of {mail.case}, which is not there"
        elif mail.outcome == "opened" and mail.case not in acknowledged | explained:
            yield f"nobody told {mail.sender} that {mail.case} was opened"


def nothing_goes_to_the_blacklisted(log: Log) -> Iterator[str]:
    listed = tuple(one.address.removeprefix("*") for one in log.config.blacklist)
    for one in log.letters:
        if one.recipient.endswith(listed):
            yield f"a {one.letter} went to {one.recipient}, who is blacklisted"


def no_private_word_goes_to_a_customer(log: Log) -> Iterator[str]:
    for one in log.letters:
        if one.secrets and (one.letter in _FOR_CUSTOMERS or not one.csr):
            yield f"a {one.letter} to {one.recipient} about {one.case} holds {', '.join(sorted(one.secrets))}"


def every_escalation_says_who_and_why(log: Log) -> Iterator[str]:
    for one in log.changes:
        if one.after.status is Status.ESCALATED and one.was.status is not Status.ESCALATED:
            events = [e for e in one.told if e.kind is EntryKind.EVENT and "scalated" in e.words.text]
            if not any(" by " in entry.words.text and entry.author.shown for entry in events):
                yield f"{one.after.id} was escalated at {one.at}, and nothing says by whom"


def a_private_text_reaches_the_next_csr(log: Log) -> Iterator[str]:
    """Whoever gets an escalated case first reads what was written for them, unless somebody wrote meanwhile."""
    letters = log.letters_of()
    for case_id, changes in log.by_case().items():
        for place, one in enumerate(changes):
            secrets = {word for entry in one.told for word in entry.words.text.split() if "SECRET-" in word}
            if not secrets or one.after.status is not Status.ESCALATED or one.after.csr:
                continue
            given = next((later for later in changes[place + 1 :] if later.after.csr), None)
            if given is None:
                continue
            theirs = [letter for letter in letters.get(case_id, []) if _tells(letter, given.after.csr)]
            near = [letter for letter in theirs if one.at <= letter.at <= given.at]
            if not any(secrets <= letter.secrets for letter in near):
                yield f"{given.after.csr} got {case_id} without {', '.join(secrets)}"


def _tells(letter: Letter, csr: str) -> bool:
    return letter.letter == "csr_case" and letter.csr == csr


def _first_letter(letters: list[Letter], since: datetime, csr: str) -> Letter | None:
    return next((one for one in letters if _tells(one, csr) and one.at >= since), None)


def every_change_is_on_record(log: Log) -> Iterator[str]:
    """With who, when, why and by what door; and in words that name what has become of it."""
    for one in log.changes:
        events = [entry for entry in one.told if entry.kind is EntryKind.EVENT]
        text = " ".join(entry.words.text for entry in one.told)
        for field, words in SEEN.items():
            if getattr(one.after, field) == getattr(one.was, field):
                continue
            is_first_act = field == "status" and one.after.status is Status.OPENED and len(one.told) > 0
            if not is_first_act and not any(word in text for word in words(one.after)):
                yield f"{one.after.id}: {field} became {getattr(one.after, field)} and no event says so: {text[:200]}"
        for entry in events:
            if not entry.author.shown or not entry.words.text or not entry.door:
                yield f"{one.after.id}: entry {entry.number} says not who, why or by what door: {entry.words.text}"


def entries_are_numbered_without_a_gap_in_the_order_of_time(log: Log) -> Iterator[str]:
    for case_id, changes in log.by_case().items():
        said = told(changes)
        if [one.number for one in said] != list(range(1, len(said) + 1)):
            yield f"{case_id} has the entries {[one.number for one in said]}"
        if any(after.at < before.at for before, after in pairwise(said)):
            yield f"{case_id} has entries that are older than those before them"


def time_worked_is_never_negative(log: Log) -> Iterator[str]:
    for one in log.changes:
        if one.after.time_worked < timedelta(0):
            yield f"{one.after.id} has {one.after.time_worked} of work"


def what_is_due_happens_at_the_next_sweep(log: Log) -> Iterator[str]:
    for one in log.overdue:
        yield f"{one.case} should {one.what} by now ({one.at})"


def an_inquiry_is_acknowledged_once(log: Log) -> Iterator[str]:
    for case_id, number in Counter(one.case for one in log.letters if one.letter == "auto_reply").items():
        if number > 1:
            yield f"{case_id} was acknowledged {number} times"


def nobody_is_reminded_of_what_is_over(log: Log) -> Iterator[str]:
    changes = log.by_case()
    for one in log.letters:
        if one.letter != "reminder":
            continue
        theirs = [change for change in changes[one.case] if change.at <= one.at]
        # Within the step both what was before it and what is after it may be meant.
        near = {case.status for change in theirs if change.at == one.at for case in (change.was, change.after)}
        if not near:
            near = {theirs[-1].after.status}
        if near.isdisjoint(OPEN):
            yield f"{one.csr} was reminded at {one.at} of {one.case}, which is {', '.join(sorted(near))}"


def a_csr_s_mail_goes_to_that_csr_alone(log: Log) -> Iterator[str]:
    for one in log.letters:
        csr = log.config.csr_at(one.csr) if one.csr else None
        if one.csr and (csr is None or one.recipient != csr.email):
            yield f"a {one.letter} for {one.csr} went to {one.recipient}"


def every_open_case_is_somebody_s_or_waits(log: Log) -> Iterator[str]:
    for changes in log.by_case().values():
        last = changes[-1].after
        is_idle = "machine" in " ".join(last.tags) or "auto" in " ".join(last.tags)
        if last.is_open and not last.csr and last.waiting_since is None and not is_idle:
            yield f"{last.id} is {last.status}, is nobody's and waits for nobody"


def every_gift_says_why(log: Log) -> Iterator[str]:
    """The CSR's mail and the case's events tell the reason, whoever gave it."""
    letters = log.letters_of()
    for one in log.gifts:
        sent = _first_letter(letters.get(one.case, []), one.at, one.csr)
        if sent is None or not sent.reason:
            yield f"{one.csr} got {one.case} at {one.at} and was not told why"


Promise = Callable[[Log], Iterator[str]]
PROMISES: tuple[Promise, ...] = (
    nobody_is_over_the_limit,
    nobody_who_is_away_is_given_a_case,
    no_case_waits_while_somebody_able_is_there,
    every_due_date_is_in_business_time,
    every_closed_case_was_closed_for_a_reason,
    no_resolved_case_closes_before_its_time,
    every_mail_is_answered_or_explained,
    nothing_goes_to_the_blacklisted,
    no_private_word_goes_to_a_customer,
    every_escalation_says_who_and_why,
    a_private_text_reaches_the_next_csr,
    every_change_is_on_record,
    entries_are_numbered_without_a_gap_in_the_order_of_time,
    time_worked_is_never_negative,
    what_is_due_happens_at_the_next_sweep,
    an_inquiry_is_acknowledged_once,
    nobody_is_reminded_of_what_is_over,
    a_csr_s_mail_goes_to_that_csr_alone,
    every_open_case_is_somebody_s_or_waits,
    every_gift_says_why,
)


def broken(log: Log) -> dict[str, list[str]]:
    """The promises that do not hold, each with what broke it."""
    found = {one.__name__: list(one(log)) for one in PROMISES}
    return {name: faults for name, faults in found.items() if faults}
