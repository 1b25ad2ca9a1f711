"""Similar inquiries are one request: whatever their words' order, in any language, the same at every run."""

from __future__ import annotations

from mailticket.domain.texts.alike import about
from mailticket.domain.texts.common_requests import Inquiry, grouped

MATTERS = (
    ("Password reset", "I cannot sign in any more, how do I reset my password?"),
    ("Sign in", "My password does not let me sign in. Reset it please."),
    ("reset", "Please reset the password, sign in fails since yesterday"),
    ("Invoice", "Where is the invoice for the order of March? Accounting waits."),
    ("Accounting", "We miss the invoice of March, our accounting asks for it."),
    ("Fire", "The coffee machine burns."),
    ("打印机", "打印机坏了"),
    ("打印机", "打印机又坏了"),
    ("", ""),
    ("Hello", "Thank you"),
)


def inquiries(times: int = 1) -> list[Inquiry]:
    return [
        Inquiry(number, f"C{number}", subject, frozenset(about(subject, text)))
        for number, (subject, text) in enumerate(MATTERS * times)
    ]


def test_inquiries_that_ask_for_the_same_are_one_request() -> None:
    found = [{one.case for one in request.examples} for request in grouped(inquiries())]
    assert found == [{"C0", "C1", "C2"}, {"C3", "C4"}, {"C6", "C7"}]


def test_the_largest_comes_first_and_only_so_many_are_told() -> None:
    assert [one.number for one in grouped(inquiries(10), most=2)] == [30, 20]


def test_the_same_inquiries_give_the_same_groups() -> None:
    first = grouped(inquiries(20))
    assert all(grouped(inquiries(20)) == first for _ in range(3)) and len(first[0].examples) == 10


def test_nothing_and_nonsense_have_no_groups() -> None:
    assert grouped([]) == []
    assert grouped([Inquiry(number, "C", "", frozenset()) for number in range(100)]) == []
    assert grouped([Inquiry(number, "C", "", frozenset((f"a{number}", f"b{number}"))) for number in range(100)]) == []
