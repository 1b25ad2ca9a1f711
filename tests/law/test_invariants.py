"""Whatever happens to a case, in whatever order, some things always hold."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mailticket.config.models import Assignment, Cases, Letters, Service
from mailticket.domain.case import ACTIVE, ENDED, Case, Entry, EntryKind, Status, Words, public
from mailticket.domain.case_intents import Assign, Escalate, SetStatus, Take
from mailticket.domain.decision import AddEntry, Alarm, ChangeEntry, Decision, LetterKind, Send, SendKind
from mailticket.domain.intents import (
    AddNote,
    Answer,
    Append,
    AppendAutomatic,
    DropHeld,
    HoldAnswer,
    Intent,
    NoteBounce,
    ReleaseHeld,
)
from mailticket.domain.people import Actor
from tests import cast
from tests.builders import CASE_ID, KEYS, NOW, known
from tests.cast import ANN, BO, CARLA, CLOCK, DIRK, EVE, MALLORY, RULE, as_csr, as_customer, as_machine, as_unproven
from tests.law.deciding import entries, inquiry, law, of_kind, settled, the_case

CANARY = "CANARY: never for customers"
TO_CUSTOMERS = {LetterKind.AUTO_REPLY, LetterKind.CUSTOMER_REPLY}

csrs = st.sampled_from([ANN, BO, EVE])
actors = csrs.map(as_csr)
texts = st.sampled_from(["Hello", "#note", "", "Ünïcode"]).map(Words)
secrets = st.sampled_from([Words(CANARY), Words("")])
statuses = st.sampled_from(list(Status))
receivers = st.sampled_from([{"csr": ANN.key}, {"csr": EVE.key}, {"role": "support"}, {"role": "experts"}])


def moving(by: st.SearchStrategy[Actor]) -> st.SearchStrategy[Intent]:
    return st.one_of(
        st.builds(lambda who, to, note: Assign(who, words=note, **to), by, receivers, secrets),
        st.builds(lambda who, to, note: Escalate(who, words=note, **to), by, receivers, secrets),
        st.builds(SetStatus, by, statuses, st.sampled_from([None, NOW]), st.sampled_from(["", "call"])),
    )


acts = st.one_of(
    st.builds(Answer, actors, texts),
    st.builds(AddNote, actors, secrets),
    st.builds(HoldAnswer, st.one_of(actors, csrs.map(as_unproven)), st.just(Words(CANARY)), st.just("unproven")),
    st.builds(ReleaseHeld, actors, texts.filter(lambda one: not one.is_empty)),
    st.builds(DropHeld, actors),
    st.builds(Take, actors, st.sampled_from(["", "experts"])),
    moving(actors),
    moving(st.sampled_from([CLOCK, RULE])),
    st.builds(
        Append,
        st.sampled_from([as_customer(CARLA), as_customer(DIRK)]),
        texts,
        also=st.sampled_from([(), (MALLORY,), (DIRK, CARLA)]),
    ),
    st.builds(AppendAutomatic, st.sampled_from([as_machine(CARLA), as_csr(ANN)]), st.just(Words(CANARY))),
    st.builds(NoteBounce, st.just(as_machine()), st.just(CARLA.key), st.booleans(), st.just(CANARY)),
)
stories = st.lists(st.lists(acts, min_size=1, max_size=3), max_size=8)
services = st.builds(
    lambda rule, takeover, after, receipts: cast.service(
        assignment=Assignment(new_case=rule, takeover=takeover),
        cases=Cases(after_reply=after),
        letters=Letters(receipts=receipts),
    ),
    st.sampled_from(["none", "least-load"]),
    st.booleans(),
    st.sampled_from(["opened", "pending", "resolved", "closed"]),
    st.sampled_from(["problems", "all"]),
)
away = st.frozensets(st.sampled_from([("support", ANN.key), ("support", BO.key), ("experts", EVE.key)]))


class Story:
    """A case and all that happened to it, one decision after another."""

    def __init__(self, service: Service, away: frozenset[tuple[str, str]]) -> None:
        self.service, self.away = service, away
        self.entries: dict[int, Entry] = {}
        self.sent: list[Send] = []
        first = law(inquiry(also=(DIRK,)), service=service)
        self.case: Case = replace(the_case(first), key=1, id=CASE_ID)
        self.keep(first)

    def happens(self, wishes: list[Intent]) -> Decision:
        """One mail or click: its wishes over the case as it is now."""
        held = [one for one in self.entries.values() if one.kind is EntryKind.REPLY and one.held == "unproven"]
        facts = known(self.case, held={CASE_ID: held[-1]} if held else {}, away=self.away)
        decision = law(wishes, self.case, self.service, facts)
        self.keep(decision)
        self.case = the_case(decision)
        return decision

    def keep(self, decision: Decision) -> None:
        for action in decision.actions:
            if isinstance(action, AddEntry):
                assert action.entry.number not in self.entries
                self.entries[action.entry.number] = replace(action.entry, id=action.entry.number)
            elif isinstance(action, ChangeEntry):
                self.entries[action.entry] = replace(self.entries[action.entry], **action.changes)
        self.sent += of_kind(decision, Send)


def contradictions(story: Story, decision: Decision) -> list[str]:
    """What is never true of a case after a decision, nor of a decision."""
    now = story.case
    is_pending = now.status is Status.PENDING or now.before_spam == Status.PENDING
    never = {
        "it is somebody's and waits": now.csr and now.waiting_since,
        "it ended and waits": now.status in ENDED | {Status.SPAM} and now.waiting_since,
        "it waits for a moment and is not pending": now.pending_until and not is_pending,
        "it was closed and is not": now.closed_at and now.status not in {Status.CLOSED, Status.SPAM},
        "it is active and has ended": now.status in ACTIVE and (now.resolved_at or now.closed_at or now.resolution),
        "an entry is missing or counted twice": not now.entries == max(story.entries) == len(story.entries),
        "it has another customer": now.customer.address != CARLA,
        "it was settled without a reason": not settled(decision).reason,
        "something was done without a reason": not all(a.reason for a in decision.actions if not isinstance(a, Alarm)),
        "an alarm says nothing": not all(one.text for one in of_kind(decision, Alarm)),
    }
    return [what for what, is_so in never.items() if is_so]


@given(services, away, stories)
@settings(max_examples=50, deadline=None)
def test_a_case_is_never_in_a_state_that_makes_no_sense(
    service: Service, away: frozenset[tuple[str, str]], story: list[list[Intent]]
) -> None:
    told = Story(service, away)
    for wishes in story:
        assert contradictions(told, told.happens(wishes)) == []


@given(services, stories)
@settings(max_examples=50, deadline=None)
def test_no_private_word_is_in_anything_that_a_customer_gets(service: Service, story: list[list[Intent]]) -> None:
    told = Story(service, frozenset())
    for wishes in story:
        told.happens(wishes)
    for letter in (one for one in told.sent if one.letter in TO_CUSTOMERS):
        assert letter.to.key in {CARLA.key, DIRK.key, MALLORY.key} and not letter.csr
        assert CANARY not in repr(letter.extra) + letter.reason
        assert not letter.entry or CANARY not in told.entries[letter.entry].words.text
    for viewer in told.case.participants:
        seen = [public(one, viewer, "Support") for one in told.entries.values()]
        assert not [one for one in seen if one and CANARY in one.text]


@given(services, stories)
@settings(max_examples=30, deadline=None)
def test_customers_hear_only_from_answers_and_csrs_only_at_our_addresses(
    service: Service, story: list[list[Intent]]
) -> None:
    told = Story(service, frozenset())
    our_keys = cast.config().our_keys
    for wishes in story:
        for letter in of_kind(told.happens(wishes), Send):
            is_answer = any(isinstance(one, Answer | ReleaseHeld) for one in wishes)
            assert (letter.kind is SendKind.NOTIFY) is (letter.to.key in our_keys)
            assert letter.kind is not SendKind.HUMAN or is_answer
    keys = [one.key for one in told.sent if one.letter is LetterKind.CUSTOMER_REPLY]
    assert len(keys) == len(set(keys))


@given(st.lists(acts, min_size=1, max_size=4))
@settings(max_examples=50, deadline=None)
def test_a_refusal_is_a_receipt_and_nothing_else(wishes: list[Intent]) -> None:
    told = Story(cast.service(), frozenset())
    before = told.case
    decision = told.happens(wishes)
    if settled(decision).outcome == "refused":
        assert decision.case == before and not entries(decision)
        assert {one.letter for one in of_kind(decision, Send)} <= {LetterKind.CSR_RECEIPT}


def test_the_story_begins_with_an_acknowledgement_and_a_case_that_waits() -> None:
    told = Story(cast.service(), frozenset())
    assert [one.letter for one in told.sent] == [LetterKind.AUTO_REPLY]
    assert told.case.waiting_since == NOW and KEYS.secrets
