"""The figures that the reading of mail has to reach on the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pytest

from tests.corpus import checks, figures, material, parents, speed
from tests.corpus.checks import Check
from tests.corpus.differences import DIFFERENCES, is_known

pytestmark = [
    pytest.mark.skipif(bool(material.missing()), reason=material.missing() or "the corpus is there"),
    pytest.mark.xdist_group("corpus"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def stated() -> list[Check]:
    cases = material.cases()
    of_files = [check for case in cases for check in checks.of(case.path, case.mail, case.expect)]
    return [*of_files, *parents.checks(cases)]


@pytest.fixture(scope="module")
def counted(stated: Sequence[Check]) -> list[Check]:
    """Without the differences that are on purpose."""
    return [check for check in stated if not is_known(check.path, check.kind)]


def told(counted: Sequence[Check], *kinds: str) -> str:
    """What fails, for whoever reads the report."""
    return "\n".join(f"{one.path}: {one.kind}: {one.told}" for one in counted if one.kind in kinds and not one.ok)


@pytest.mark.parametrize(
    ("kinds", "least"),
    [
        (("subject",), 0.99),
        (("sender", "sender name"), 0.99),
        (("recipients", "recipients cc", "reply-to"), 0.98),
        (("body",), 0.97),
        (("html",), 0.97),
        (("attachments",), 0.98),
        (("parts",), 0.97),
        (("bounce",), 0.97),
        (("final recipients",), 0.97),
        (("auto-reply",), 0.97),
        (("reply",), 0.78),
        ((parents.OWN[0],), 0.97),
        ((parents.QUOTED[0],), 0.85),
    ],
)
def test_mail_is_read_as_its_source_says(counted: Sequence[Check], kinds: tuple[str, ...], least: float) -> None:
    assert figures.share(counted, *kinds) >= least, told(counted, *kinds)


def test_hardly_any_ordinary_mail_is_taken_for_a_robots(counted: Sequence[Check]) -> None:
    assert figures.share(counted, "ordinary mail") > 0.99, told(counted, "ordinary mail")


@pytest.mark.parametrize(
    ("kind", "most"),
    [(checks.REPLY_WORDS, 0.02), (checks.REPLY_WORDS_IF_SURE, 0.005), (parents.OWN[1], 0), (parents.QUOTED[1], 0)],
)
def test_the_writers_words_are_kept(stated: Sequence[Check], kind: str, most: float) -> None:
    assert 1 - figures.share(stated, kind) <= most, told(stated, kind)


def test_no_mail_is_unreadable_or_slow() -> None:
    bad = [
        case.path for case in material.cases() if case.seconds > 1 or "could not be read" in " ".join(case.mail.defects)
    ]
    assert bad == []


def test_reading_keeps_pace_with_mail_parser() -> None:
    cases = list(material.cases())
    # Two of three: neither a busy moment nor a lucky one decides.
    fast_ones = (one for one in (speed.ratio(cases) for _ in range(3)) if one >= 0.75)
    assert len(list(islice(fast_ones, 2))) == 2


def test_every_listed_difference_is_still_one(stated: Sequence[Check]) -> None:
    failing = {(one.path, one.kind) for one in stated if not one.ok}
    listed = {(path, kind) for path, (kinds, _reason) in DIFFERENCES.items() for kind in kinds.split(", ")}
    assert listed - failing == set()
