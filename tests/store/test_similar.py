"""Which solved cases are like an inquiry: by shared words, of these services, the better and newer ones first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.domain.case import Case, EntryKind, Status
from mailticket.store import entries
from mailticket.store.database import Store
from mailticket.store.index import similar
from tests.store.rows import NOW, entry, opened

PRINTER = "The printer shows fuser error 49 after the last firmware update"


def solved(text: str, subject: str = "Trouble", answer: str = "Reset it.", **values: object) -> Case:
    """A case with this inquiry and an answer."""
    case = opened(subject=subject, **{"status": Status.RESOLVED, **values})
    entries.add_entry(case, entry(text=text))
    entries.add_entry(case, entry(EntryKind.REPLY, answer, csr="ann@desk.example"))
    return case


def like(text: str, services: tuple[str, ...] = ("support",), subject: str = "Help") -> list[str]:
    case = opened(subject=subject)
    entries.add_entry(case, entry(text=text))
    return [one.answer for one in similar.solved([case], services, NOW)[case.key]]


def test_the_likest_solved_case_comes_first(store: Store) -> None:
    solved("My printer needs paper", answer="Open the tray.")
    solved("Since the firmware update my printer has a fuser error", answer="Update again.")
    solved("Where is my invoice?", answer="Attached.")
    assert like(PRINTER) == ["Update again."]


NOT_SOLVED = (
    {"status": Status.OPENED},
    {"status": Status.SPAM},
    {"status": Status.CLOSED, "resolution": "test"},
    {"status": Status.CLOSED, "merged_into": "TEST-9999"},
    {"service": "sales"},
)


@pytest.mark.parametrize("values", NOT_SOLVED, ids=str)
def test_only_what_an_answer_solved_is_suggested(store: Store, values: dict[str, object]) -> None:
    solved(PRINTER, **values)
    assert like(PRINTER) == []


def test_services_that_share_their_people_share_their_answers(store: Store) -> None:
    solved(PRINTER, service="sales")
    assert like(PRINTER, ("support", "sales")) == ["Reset it."]


def test_a_held_answer_is_no_solution(store: Store) -> None:
    case = opened(subject="Trouble", status=Status.RESOLVED)
    entries.add_entry(case, entry(text=PRINTER))
    entries.add_entry(case, entry(EntryKind.REPLY, "Not proven.", held="why"))
    assert like(PRINTER) == []


def test_what_is_old_counts_less(store: Store) -> None:
    solved(PRINTER, answer="The old way.", updated_at=NOW - timedelta(days=2000))
    solved(PRINTER, answer="The new way.")
    assert like(PRINTER) == ["The new way.", "The old way."]


@pytest.mark.parametrize("text", ["", "Hello, please help me, thank you", "4711 0815", "Carla Customer", "?!"])
def test_what_tells_nothing_is_like_nothing(store: Store, text: str) -> None:
    solved(text, subject="")
    assert like(text, subject="") == []


def test_chinese_and_accents_are_compared_too(store: Store) -> None:
    solved("打印机坏了", answer="Chinese.")
    solved("Meine Größentabelle für Schürzen", answer="German.")
    assert like("打印机又坏了") == ["Chinese."] and like("Großentabelle Schurzen") == ["German."]


def test_what_was_unlearned_is_suggested_no_more(store: Store) -> None:
    case = solved(PRINTER)
    similar.unlearn(case.key)
    assert like(PRINTER) == []


@pytest.mark.parametrize("service", [None, "support", "sales"])
def test_of_many_inquiries_some_are_chosen_evenly_and_the_same_each_time(store: Store, service: str | None) -> None:
    of_service = ["sales" if number % 8 == 0 else "support" for number in range(40)]
    made = [opened(created_at=NOW - timedelta(days=day), service=one) for day, one in enumerate(of_service)]
    theirs = [one.key for one in made if service in (None, one.service)]
    whole = similar.inquiries(NOW - timedelta(days=39), service, 100)
    assert [one.key for one in whole.inquiries] == theirs and whole.every == 1 and whole.there == 40
    some = similar.inquiries(NOW - timedelta(days=39), service, 4)
    assert some == similar.inquiries(NOW - timedelta(days=39), service, 4)
    assert some.every > 1 or service == "sales"
    assert 1 <= len(some.inquiries) <= 8 and {one.key for one in some.inquiries} <= set(theirs)


def test_an_inquiry_of_a_sample_is_about_what_it_was_learnt_to_be(store: Store) -> None:
    case = solved(PRINTER)
    (one,) = similar.inquiries(NOW - timedelta(days=1), None, 10).inquiries
    assert one.case == case.id and {"printe", "firmwa", "update"} <= one.about


def test_cases_that_ask_together_get_what_each_would_get_alone(store: Store) -> None:
    solved("Since the firmware update my printer has a fuser error", answer="Update again.")
    solved("Where is my invoice of March?", answer="Attached.")
    texts = (PRINTER, "The invoice of March is missing", "Something else altogether")
    asking = [opened(subject="Help") for _ in texts]
    for case, text in zip(asking, texts, strict=True):
        entries.add_entry(case, entry(text=text))
    together = similar.solved(asking, ["support"], NOW)
    assert [[one.answer for one in together[case.key]] for case in asking] == [["Update again."], ["Attached."], []]
    assert together == {case.key: similar.solved([case], ["support"], NOW)[case.key] for case in asking}
