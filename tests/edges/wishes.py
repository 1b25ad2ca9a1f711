"""The caps on what a subject, a command, a condition or a search may hold."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from mailticket import conditions, sandbox
from mailticket.config.rules import AnswerTemplate, CustomField
from mailticket.domain import case_id, near_names
from mailticket.domain.case import Words
from mailticket.domain.texts import alike, search_words
from mailticket.domain.times import moments
from mailticket.sandbox import TemplateMistake
from mailticket.tokens import Keys
from mailticket.triage import thanks
from mailticket.triage.commands import arguments, command, mail_link, ready_answer, wishes
from mailticket.triage.commands.arguments import Desk, Unclear
from tests.builders import words as written
from tests.edges.edge import Edge, Read, either, padded
from tests.law.deciding import inquiry
from tests.law.test_trigger import HIGH, fired, rule, ruled

_DESK = cast(Desk, SimpleNamespace(by=None))
_NOW = datetime(2026, 3, 3, 10, 2, tzinfo=UTC)
_LESS = 1_000  # letters


def _case_id(size: int) -> Read:
    """Beyond, it is text that stays in the subject."""
    subject = padded(size, "y", " [#7F3K-9QX6]")
    assert ("7F3K" in case_id.cut(subject)) is (case_id.find(subject) == [])
    return either(size, case_id.find(subject) == ["7F3K-9QX6"])


def _commands(number: int) -> Read:
    """Beyond, nothing is done: the first of them that is too many is told."""
    parsed = command.parse("#watch\n" * number)
    return either(number, not parsed.are_too_many and len(parsed.asked) == number)


def _moment(size: int) -> Read:
    try:
        return either(size, moments.parse_day("2026-12-24".ljust(size), _NOW, "UTC").day == 24)
    except ValueError:
        return Read(0)


def _text(size: int) -> Read:
    return either(size, search_words.words(padded(size, "", " end"))[-1] == "end")


def _words(number: int) -> Read:
    return Read(len(search_words.words("word " * number)))


def _word(size: int) -> Read:
    """A longer one is found by its beginning, for the query is shortened like the text."""
    [found] = search_words.words("y" * size)
    assert search_words.parse_query("y" * size).wanted[0].words == (found,)
    return Read(len(found))


def _query(size: int) -> Read:
    return either(size, search_words.parse_query(padded(size, "word", " end", " ")).wanted[-1].words == ("end",))


def _phrases(number: int) -> Read:
    return Read(len(search_words.parse_query(" ".join(f"w{n}" for n in range(number))).wanted))


def _about(number: int) -> Read:
    return Read(len(alike.about("", " ".join(f"{_letters(n)}word" for n in range(number)))))


def _about_subject(number: int) -> Read:
    return Read(len(alike.about(" ".join(f"{_letters(n)}word" for n in range(number)), "")))


def _looked_at(size: int) -> Read:
    return either(size, "extinguisher"[:6] in alike.about("", padded(size, "", " extinguisher", "the ")))


def _letters(number: int) -> str:
    return chr(ord("a") + number // 26) + chr(ord("a") + number % 26)


def _condition(size: int) -> Read:
    return either(size, not list(conditions.mistakes_in(padded(size, "'", "' in subject"), {"subject": ""})))


def _parts(number: int) -> Read:
    """The tree, and each number and the comparison that holds it."""
    source = "1<" + "<".join("1" * (number - 2))
    return either(number, not list(conditions.mistakes_in(source, {})))


def _read_by_rule(size: int) -> Read:
    text = padded(size, "", " billing")
    decision = ruled([rule(HIGH, when="text.endswith('billing')")], inquiry(words=written(text)))
    return either(size, bool(fired(decision)))


def _line(size: int) -> Read:
    try:
        return Read(len(sandbox.render_line("{{ text }}", {"text": "y" * size})))
    except TemplateMistake:
        return Read(0)


def _output(size: int) -> Read:
    with patch.object(sandbox, "MOST_OUTPUT", _LESS):
        try:
            return Read(len(sandbox.rendered(sandbox.compile_line("{{ text }}"), {"text": "y" * size})))
        except TemplateMistake:
            return Read(0)


def _value(size: int) -> Read:
    try:
        return Read(len(arguments.field_value(CustomField(name="serial"), "y" * size, _DESK)))
    except Unclear:
        return Read(0)


def _tag(size: int) -> Read:
    try:
        return either(size, wishes.tag("y" * size, Words(""), _DESK) is not None)
    except Unclear:
        return Read(0)


def _thanks(size: int) -> Read:
    return either(size, thanks.is_mere_thanks("Thank you!".ljust(size)))


def _words_of_thanks(number: int) -> Read:
    return either(number, thanks.is_mere_thanks("thanks " * number))


def _words_of_link(number: int) -> Read:
    """No name of ours is longer, so that the first word is no command."""
    name = " ".join(["word"] * (number - 1))
    found = mail_link.find(f"[#7F3K-9QX6] note {name} {'a' * 26}", ["ann@example.com"], Keys((b"k" * 32,)))
    return either(number, found is not None and found.action.startswith("note word"))


def _number_of_entry(size: int) -> Read:
    try:
        return either(size, wishes.split("9" * size, Words(""), _DESK) is not None)
    except Unclear:
        return Read(0)


def _ready(size: int) -> Read:
    return Read(len(_filled(AnswerTemplate(name="long", text="y" * size)).get("text", "")))


def _ready_subject(size: int) -> Read:
    return Read(len(_filled(AnswerTemplate(name="long", text="Hello", subject="y" * size))["subject"]))


def _filled(template: AnswerTemplate) -> dict[str, Any]:
    desk = cast(Desk, SimpleNamespace(case=object(), config=SimpleNamespace(answer=(template,))))
    with patch.object(ready_answer, "values", lambda _case, _desk: {}):
        try:
            found = ready_answer.filled_in("long", desk)
        except Unclear:
            return {}
    return {"text": found.text, "subject": found.subject}


def _near(size: int) -> Read:
    return either(size, bool(near_names.nearest("y" * size, ["y" * (size - 1)])))


def _names(number: int) -> Read:
    """That there are more of them is said."""
    told = near_names.hint("QQQQQQ", [f"n{n:03}" for n in range(number)])
    return Read(told.count("n0"), ["..."] if "..." in told else [])


EDGES = (
    Edge("domain.near_names._LONGEST", _near, beyond=0),
    Edge("domain.near_names._MOST_LISTED", _names, said="..."),
    Edge("domain.case_id._SUBJECT_CAP", _case_id, beyond=0),
    Edge("triage.commands.command.MOST_COMMANDS", _commands, beyond=0),
    Edge("domain.times.moments._LONGEST", _moment, beyond=0),
    Edge("domain.texts.search_words.LONGEST_TEXT", _text, beyond=0),
    Edge("domain.texts.search_words.MOST_WORDS", _words),
    Edge("domain.texts.search_words._LONGEST_WORD", _word),
    Edge("domain.texts.search_words._LONGEST_QUERY", _query, beyond=0),
    Edge("domain.texts.search_words._MOST_PHRASES", _phrases),
    Edge("domain.texts.alike.MOST_WORDS", _about),
    Edge("domain.texts.alike._OF_SUBJECT", _about_subject),
    Edge("domain.texts.alike._LOOKED_AT", _looked_at, beyond=0, by=10),
    Edge("conditions.MOST_LETTERS", _condition, beyond=0),
    Edge("conditions.MOST_PARTS", _parts, beyond=0),
    Edge("conditions.MOST_READ", _read_by_rule, beyond=0),
    Edge("sandbox._MOST_LINE", _line, beyond=0),
    Edge("sandbox.MOST_OUTPUT", _output, beyond=0, most=_LESS),
    Edge("triage.commands.arguments._LONGEST_VALUE", _value, beyond=0),
    Edge("triage.commands.wishes._LONGEST_TAG", _tag, beyond=0),
    Edge("triage.commands.wishes._LONGEST_NUMBER", _number_of_entry, beyond=0),
    Edge("triage.thanks._MOST_LETTERS", _thanks, beyond=0),
    Edge("triage.thanks._MOST_WORDS", _words_of_thanks, beyond=0),
    Edge("triage.commands.mail_link._MOST_WORDS", _words_of_link, beyond=0),
    Edge("triage.commands.ready_answer._LONGEST", _ready, beyond=0),
    Edge("triage.commands.ready_answer._LONGEST_SUBJECT", _ready_subject),
)
