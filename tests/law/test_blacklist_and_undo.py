"""What follows from blacklisting, from restoring spam, and from undoing a click."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.domain.case import Status
from mailticket.domain.case_intents import Restore, SetStatus, Undo
from mailticket.domain.decision import ChangeBlacklist, LetterKind
from mailticket.domain.intents import AddToBlacklist, RemoveFromBlacklist
from mailticket.errors import Refused
from tests.builders import NOW, case
from tests.cast import ANN, BO, CARLA, SUPPORT, as_csr
from tests.law.deciding import entries, law, letters, of_kind, outcome, refusal, the_case

ON_A_PAGE = replace(as_csr(), sees_outcome=True)


@pytest.mark.parametrize(
    ("here", "becomes"),
    [
        (Status.NEW, Status.SPAM),
        (Status.PENDING, Status.SPAM),
        (Status.RESOLVED, Status.RESOLVED),
        (Status.CLOSED, Status.CLOSED),
        (Status.SPAM, Status.SPAM),
    ],
)
def test_who_is_blacklisted_has_no_open_case(here: Status, becomes: Status) -> None:
    decided = law(AddToBlacklist(as_csr(), CARLA.address.upper(), "buy now"), case(here))
    (change,) = of_kind(decided, ChangeBlacklist)
    assert (change.address, change.subject, change.is_listed, change.by) == (CARLA.key, "buy now", True, ANN.key)
    assert the_case(decided).status is becomes
    assert f'Ann Archer put {CARLA.key} with the subject "buy now" on the blacklist.' in entries(decided)[0].words.text


@pytest.mark.parametrize("ours", [ANN.email, ANN.aliases[0], SUPPORT, "*@example.com"])
def test_none_of_us_is_ever_blacklisted(ours: str) -> None:
    assert "is one of ours" in refusal(law(AddToBlacklist(as_csr(), ours), case()))["problem"]


def test_coming_off_the_blacklist_leaves_the_case_alone() -> None:
    decided = law(RemoveFromBlacklist(as_csr(), CARLA.address), case(Status.SPAM))
    (change,) = of_kind(decided, ChangeBlacklist)
    assert not change.is_listed and the_case(decided).status is Status.SPAM


@pytest.mark.parametrize("before", [Status.NEW, Status.PENDING, Status.ESCALATED])
def test_spam_and_back_is_as_before(before: Status) -> None:
    spam = the_case(law(SetStatus(as_csr(), Status.SPAM, resolution="spam"), case(before)))
    restored = the_case(law(Restore(as_csr()), spam))
    assert (restored.status, restored.before_spam, restored.resolution, restored.closed_at) == (before, "", "", None)


def test_what_is_no_spam_cannot_be_restored() -> None:
    assert "cannot be restored" in refusal(law(Restore(as_csr()), case(Status.OPENED)))["problem"]


def test_undo_sets_the_old_values_and_says_so() -> None:
    closed = case(Status.CLOSED, closed_at=NOW, csr=ANN.key)
    decided = law(Undo(ON_A_PAGE, "set to closed", {"status": Status.PENDING, "closed_at": None}), closed)
    assert (the_case(decided).status, the_case(decided).closed_at) == (Status.PENDING, None)
    assert [one.words.text for one in entries(decided)] == ["Ann Archer undid: set to closed."]
    assert (outcome(decided), letters(decided)) == ("done", [])


@pytest.mark.parametrize(("had_it", "told"), [(BO.key, [BO.key]), (ANN.key, []), ("", [])])
def test_only_a_colleague_who_loses_the_case_by_an_undo_is_told(had_it: str, told: list[str]) -> None:
    decided = law(Undo(ON_A_PAGE, "gave it away", {"csr": ANN.key}), case(csr=had_it))
    assert letters(decided) == [(LetterKind.CSR_RECEIPT, one) for one in told]


def test_who_sees_the_outcome_gets_no_receipt_and_is_refused_on_the_spot() -> None:
    assert letters(law(SetStatus(ON_A_PAGE, Status.CLOSED), case())) == []
    with pytest.raises(Refused, match="The case is closed"):
        law(SetStatus(ON_A_PAGE, Status.PENDING), case(Status.CLOSED))
