"""PURE: replies whose parent letter is known, which no source can state: two families, each with its own row.

The first are letters of ours, rendered by the shipped templates and answered in the captured forms of ten programs.
The second are the corpus's own replies: what stands below the expected words is given as the letter that was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailticket.domain.mail import ParentLetter, Reply
from mailticket.mime import parse
from mailticket.mime.cutting.lines import bare, is_quoted, split, without_outer_blanks
from tests.corpus.checks import Check, folded, words
from tests.corpus.material import Case
from tests.mime import answered
from tests.mime.replying import PROGRAMS, Answer

#: Kinds in the table, by family: the cut says exactly what was written; no word of it is lost.
OWN = ("our letters in 10 programs' forms: reply", "our letters in 10 programs' forms: no word lost")
QUOTED = ("parent made of the mail's own quote: reply", "parent made of the mail's own quote: no word lost")


def checks(cases: Iterable[Case]) -> Iterator[Check]:
    """Every check of both families."""
    yield from _of_our_letters()
    for case in cases:
        yield from _of_its_quote(case)


def _of_our_letters() -> Iterator[Check]:
    for name in PROGRAMS:
        for place, answer in answered.ANSWERS.items():
            for with_text in (True, False):
                of = f"ours/{name}, {place}, {'text and HTML' if with_text else 'HTML alone'}"
                for brings in (1, 3, 4):
                    letter = answered.case_letter(brings)
                    put = answered.placed(place, answered.SAID)
                    found = answered.from_ann(name, letter, put, with_text, answered.parent(letter))
                    yield from _told(OWN, f"{of}, letter {brings} to a CSR", answer, found)
                put = answered.placed(place, answered.ADVISED)
                found = answered.from_carla(name, answered.customer_letter(), put, with_text)
                yield from _told(OWN, f"{of}, letter to a customer", answer, found)


def _of_its_quote(case: Case) -> Iterator[Check]:
    expected = next((str(one["reply_text"]) for one in case.expect if one.get("reply_text")), "")
    text = case.mail.text
    if not expected or not folded(text).startswith(folded(expected)):
        return
    left = len(folded(text).removeprefix(folded(expected)).strip())
    sent = _sent(without_outer_blanks(split(_last(text, left))))
    if len(words(sent)) < 20:
        return
    letter = ParentLetter("<parent@example.com>", sent)
    yield from _told(QUOTED, case.path, Answer(expected, ""), parse.parse(case.raw, (letter,)).reply)


def _last(text: str, letters: int) -> str:
    """The end of a text that holds so many letters when folded."""
    at = len(text)
    while at and len(folded(text[at:])) < letters:
        at -= 1
    return text[at:]


def _sent(quote: list[str]) -> str:
    """The quote without its marks and without what the writer's client says above it."""
    marked = [bare(line) for line in quote if is_quoted(line)]
    above = next((at for at, line in enumerate(quote) if not line.strip()), 0)
    return "\n".join(marked or quote[above:])


def _told(kinds: tuple[str, str], path: str, answer: Answer, found: Reply) -> Iterator[Check]:
    wanted, ours = words(answer.text), words(found.text)
    lost = [one for one in wanted if ours.count(one) < wanted.count(one)]
    told = f"expected {answer.text[-300:]!r}, read {found.text[-300:]!r}"
    yield Check(path, kinds[0], sorted(wanted) == sorted(ours), told)
    yield Check(path, kinds[1], not lost, f"lost {lost[:12]}; {told}")
