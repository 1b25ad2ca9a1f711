"""The book: an admin's templates before the shipped ones, tags, and every mistake named."""

from __future__ import annotations

import pytest

from mailticket.domain.decision import LetterKind
from mailticket.errors import ConfigError, Permanent
from mailticket.letters.occasion import ForCustomer
from mailticket.letters.render import Book, Rendered, render
from mailticket.letters.shelf import TAGS
from mailticket.letters.values import Values, customer_values
from tests.cast import ANN
from tests.letters.desk import CASE, VIEWER, inquiry, occasion, public, reply, shipped

AUTO = "auto_reply.txt"


def values(language: str = "en") -> Values:
    seen = [
        one for one in (public(each, VIEWER, "Support") for each in (inquiry(), reply(), inquiry("Thanks", 3))) if one
    ]
    return customer_values(ForCustomer(CASE, VIEWER, seen, 2, ANN), occasion(language=language))


def with_own(folder: str = "", **files: str) -> Book:
    return Book.compile(shipped(), {folder: {name.replace("__", "."): source for name, source in files.items()}})


def letter(book: Book, kind: LetterKind = LetterKind.AUTO_REPLY, language: str = "en") -> Rendered:
    return render(kind, values(language), book)


@pytest.mark.parametrize(
    ("folders", "language", "text"),
    [
        (["", "de", "support", "support/de"], "de", "support/de"),
        (["", "de", "support"], "de", "support"),
        (["", "de"], "de", "de"),
        (["", "de"], "en", ""),
        (["", "other", "other/de"], "de", ""),
        (["support/de"], "en", "Hello"),
    ],
)
def test_the_closest_folder_wins(folders: list[str], language: str, text: str) -> None:
    book = Book.compile(shipped(), {one: {AUTO: f"{one}\n"} for one in folders})
    assert letter(book, language=language).text.split(" ")[0].strip() == text


def test_a_shipped_translation_is_used_for_its_language() -> None:
    book = Book.compile(shipped() | {f"de/{AUTO}": "Guten Tag"}, {})
    assert letter(book, language="de").text == "Guten Tag\n"
    assert letter(book, language="en").text.startswith("Hello")


def test_one_file_of_the_admin_stands_beside_the_shipped_ones() -> None:
    own = letter(with_own(auto_reply__txt="Got {{ case.id }}"))
    assert own.text == f"Got {CASE.id}\n" and "Thank you for writing" in own.html


def test_a_changed_layout_dresses_every_letter() -> None:
    book = with_own(_layout__html="<body>ACME {% block content %}{% endblock %}</body>")
    assert all(letter(book, kind).html.startswith("<body>ACME") for kind in (LetterKind.AUTO_REPLY, "customer_reply"))


def test_a_text_that_is_changed_without_its_html_is_noted() -> None:
    (note,) = with_own("support", auto_reply__txt="x").notes()
    assert note.startswith("support/auto_reply.txt is yours, but auto_reply.html is the shipped one")
    assert with_own(auto_reply__txt="x", auto_reply__html="x").notes() == []


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("tag_greeting", "Hello Carla,"),
        ("tag_signoff", "Kind regards,\nAnn Archer"),
        ("tag_caseid", f"[#{CASE.id}]"),
        ("tag_subject", "A question"),
        ("tag_customer", "Carla Customer"),
        ("tag_csr", "Ann Archer"),
        ("tag_threadcount", "2"),
        ("tag_threadlast", "Thanks"),
        ("tag_answer_by", ""),
        ("tag_filelist", ""),
    ],
)
def test_a_tag_becomes_its_value(tag: str, text: str) -> None:
    book = with_own(auto_reply__txt=f"<{{{tag}}}>{{{{ {tag} }}}}", auto_reply__html=f"<p>{{{tag}}}</p>")
    assert letter(book).text == f"<{text}>{text}\n"
    assert letter(book).html.strip() == f"<p>{text.replace(chr(10), '<br>' + chr(10))}</p>"


def test_the_thread_tag_lists_the_history_in_both_forms() -> None:
    book = with_own(auto_reply__txt="{tag_threadlist}", auto_reply__html="{tag_threadlist}")
    assert "> Thanks" in letter(book).text and letter(book).html.lstrip().startswith("<table")
    assert len(TAGS) == 11


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        (AUTO, "a\n{{ custmer.name }}", f'{AUTO} line 2: there is no value "custmer"; did you mean "customer"?'),
        (AUTO, "{{ customer.first }}", f'{AUTO} line 1: there is no "first" here'),
        (AUTO, "{% if %}", f"{AUTO} line 1: Expected an expression"),
        (AUTO, "\n{tag_gretting}", f'{AUTO} line 2: there is no tag "tag_gretting"; did you mean "tag_greeting"?'),
        ("auto_replay.txt", "x", f'auto_replay.txt: no letter has a file of this name; did you mean "{AUTO}"?'),
        ("_history.txt", "{{ x }}", '_history.txt line 1: there is no value "x"'),
        ("auto_reply.html", "{% extends 'base' %}", 'auto_reply.html line 1: there is no file "base"'),
    ],
)
def test_a_mistake_is_named_before_the_daemon_starts(name: str, source: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Book.compile(shipped(), {"support": {name: source}})
    assert len(caught.value.mistakes) == 1 and caught.value.mistakes[0].startswith(f"support/{told}")


def test_all_mistakes_are_named_at_once() -> None:
    files = {AUTO: "{{ a }}", "csr_case.txt": "{{ b }}", "csr_case.html": "{{ c }}"}
    with pytest.raises(ConfigError) as caught:
        Book.compile(shipped(), {"": files, "support": files})
    assert len(caught.value.mistakes) == 6


def test_a_template_that_fails_later_gives_way_to_the_shipped_one() -> None:
    book = with_own("support", auto_reply__txt="{% if customer.name == 'Carla Customer' %}{{ 1 / 0 }}{% endif %}")
    made = letter(book)
    assert made.text.startswith("Hello Carla,")
    assert made.trouble == "support/auto_reply.txt line 1: division by zero; the shipped template was used"


def test_a_shipped_template_that_fails_stops_the_letter() -> None:
    with pytest.raises(Permanent, match="The letter auto_reply cannot be made"):
        letter(Book(shipped() | {AUTO: "{{ 1 / 0 }}"}, {}))


def test_a_subject_is_one_line() -> None:
    assert letter(with_own(auto_reply__subject__txt="a\n  {{ case.id }}\n\n")).subject == f"a {CASE.id}"


def test_dates_are_written_in_the_readers_language() -> None:
    def at(language: str) -> str:
        return str(values(language)["case"]["created"])

    assert at("en") == "14 Jul 2026, 09:30 UTC"
    assert at("de") == "14.07.2026, 09:30 UTC"
    assert at("xx-nonsense") == at("en")
