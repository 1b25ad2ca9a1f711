"""What an inquiry is about, in few words: each once, the subject's before the longest of the text."""

from __future__ import annotations

import pytest

from mailticket.domain.texts.alike import about, scored


def test_each_word_counts_once_the_subjects_first_then_the_longest_of_the_text() -> None:
    subject = "Printer, printer, PRINTER! Toner"
    text = "The toner of our laser smokes. Drum 4711 of the printers, laser and all, smells."
    assert about(subject, text) == ("printe", "toner", "smokes", "smells", "laser", "drum")


def test_words_that_a_subject_repeats_take_no_other_words_place() -> None:
    assert about("fuser " * 8 + "toner", "")[:2] == ("fuser", "toner")


def test_who_wrote_it_is_nothing_that_it_is_about() -> None:
    assert about("Fuser", "Carla Customer here, the fuser smokes", ("Carla Customer",)) == ("fuser", "smokes")


@pytest.mark.parametrize(
    ("having", "likest"),
    [
        ({"fuser": {"1", "2"}, "toner": {"1", "2", "3"}, "drum": {"2"}}, "2"),
        ({"rare": {"7"}, "rarer": {"7"}, "often": {"8", "9", "10", "7"}, "common": {"8", "9", "10"}}, "7"),
    ],
    ids=["more words in common", "words that tell more"],
)
def test_the_likest_shares_most(having: dict[str, set[str]], likest: str) -> None:
    score = scored(having)
    assert max(score, key=lambda case: score[case]) == likest


def test_one_word_in_common_may_be_chance() -> None:
    assert scored({"fuser": {"1", "2"}, "toner": {"1"}}).keys() == {"1"}
