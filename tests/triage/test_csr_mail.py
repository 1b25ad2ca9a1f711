"""What goes out, what stays private and what is held of a CSR's mail, commands or not."""

from __future__ import annotations

import pytest

from mailticket.domain.case import Status
from mailticket.domain.case_intents import Assign, Escalate, SetStatus
from mailticket.domain.intents import (
    NO_WORDS,
    AddNote,
    Answer,
    AskHelp,
    DropHeld,
    HoldAnswer,
    Intent,
    Refuse,
    ReleaseHeld,
)
from mailticket.domain.mail import CutMethod, InboundMail, Reply
from mailticket.triage.commands import command
from tests.builders import CASE_ID, case, file, held, known, letter_id, mail, our_letter
from tests.cast import ANN
from tests.mime.growth import is_linear
from tests.triage.asking import ask, ask_ann, only

PRIVATE = "She is angry, be kind."


def kinds(text: str) -> list[type[Intent]]:
    return [type(one) for one in ask_ann(text).intents]


def goes_out(text: str, *files: str) -> list[str]:
    """All that would reach the customer of a mail with this text."""
    reading = ask_ann(text, files=[file(one) for one in files])
    return [one.words.text for one in reading.intents if isinstance(one, Answer | ReleaseHeld)]


PRIVATE_COMMANDS = [
    "#note",
    "#assign Bo Baker",
    "#escalate",
    "#take",
    "#resolve internal call",
    "#resolve internal spam",
]
PUBLIC_COMMANDS = ["#close", "#resolve", "#reopen", "#pending 3d", "#send", "#drop", "#help"]


@pytest.mark.parametrize("private", PRIVATE_COMMANDS)
@pytest.mark.parametrize("other", ["", *PRIVATE_COMMANDS, *PUBLIC_COMMANDS])
def test_mixed_means_private_and_the_text_is_kept_once(private: str, other: str) -> None:
    for lines in (f"{private}\n{other}", f"{other}\n{private}"):
        reading = ask_ann(f"{lines}\n{PRIVATE}")
        assert not [one for one in goes_out(f"{lines}\n{PRIVATE}") if one], lines
        carriers = [one for one in reading.intents if getattr(one, "words", None) and one.words.text]
        assert len(carriers) == 1


@pytest.mark.parametrize(
    ("lines", "carrier"),
    [
        ("#assign Bo\n#note", AddNote),
        ("#note\n#assign Bo", AddNote),
        ("#send\n#escalate", Escalate),
        ("#take\n#close", AddNote),
        ("#close\n#assign Bo", Assign),
    ],
)
def test_the_private_text_belongs_to_the_note_before_the_other_commands(lines: str, carrier: type[Intent]) -> None:
    [found] = [one for one in ask_ann(f"{lines}\n{PRIVATE}").intents if getattr(one, "words", NO_WORDS).text]
    assert type(found) is carrier


@pytest.mark.parametrize("lines", ["#close", "#resolve", "#pending", "#reopen", "#close\n#reopen"])
def test_the_text_below_a_status_command_is_the_answer(lines: str) -> None:
    assert goes_out(f"{lines}\n\nAll done.\nGoodbye.") == ["All done.\nGoodbye."]
    assert AddNote not in kinds(f"{lines}\nAll done.")


@pytest.mark.parametrize("text", ["#drop\nnever mind", "#help\nplease", "#drop\n#help\nplease"])
def test_the_text_below_drop_and_help_is_ignored(text: str) -> None:
    reading = ask_ann(text)
    assert {type(one) for one in reading.intents} <= {DropHeld, AskHelp}


@pytest.mark.parametrize("text", ["#close", "#resolve\n\n", "\n#pending 3d\n  \n", "#take", "#assign Bo"])
def test_a_mail_that_holds_only_a_command_never_reaches_the_customer(text: str) -> None:
    assert goes_out(text) == []
    logo = ask_ann(text, files=[file("logo.png", inline=True)])
    assert not [one for one in logo.intents if isinstance(one, Answer | AddNote)]


def test_a_file_alone_below_a_command_is_an_answer() -> None:
    assert kinds("#close") == [SetStatus]
    reading = ask_ann("#close", files=[file("invoice.pdf")])
    assert [type(one) for one in reading.intents] == [Answer, SetStatus]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("#close\n#reopen\nText", [Status.REOPENED, Answer, Status.CLOSED]),
        ("#close\n#send", [ReleaseHeld, Status.CLOSED]),
        ("#close\n#assign Bo\nText", [Assign, Status.CLOSED]),
        ("#pending\n#escalate", [Escalate, Status.PENDING]),
        ("#reopen\n#assign Bo", [Status.REOPENED, Assign]),
        ("#reopen\n#note\nText", [Status.REOPENED, AddNote]),
        ("#assign Bo\n#note\nText", [AddNote, Assign]),
    ],
)
def test_reopening_comes_first_then_the_words_and_the_new_status_last(text: str, order: list[object]) -> None:
    found = [one.status if isinstance(one, SetStatus) else type(one) for one in ask_ann(text).intents]
    assert found == order


def test_the_answer_names_the_letter_that_it_answers() -> None:
    assert only(Answer, ask_ann("Hello")).answers == letter_id(ANN)


@pytest.mark.parametrize("text", ["Hello", "#close\nHello", "#note\nHello"])
def test_a_csrs_mail_without_a_case_is_refused_with_help(text: str) -> None:
    refusal = only(Refuse, ask_ann(text, known()))
    assert "belongs to no case" in refusal.what and "[#" in refusal.fix


def test_help_needs_no_case_and_lists_every_command() -> None:
    helped = only(AskHelp, ask_ann("#help", known()))
    assert [usage.split()[0].lstrip("#") for usage, _ in helped.commands] == list(command.COMMANDS)
    assert all(words and not words.endswith(".") for _, words in helped.commands)


def unsure(text: str) -> list[Intent]:
    """The same mail, but where the quote could not be cut from it."""
    reply = Reply(text, "", CutMethod.WHOLE, sure=False)
    one = mail(ANN.address, text, reply=reply, in_reply_to=(letter_id(ANN),))
    return list(ask(one, known(case(), mails=[our_letter(ANN)])).intents)


def test_an_answer_whose_quote_could_not_be_cut_is_held_for_a_human_look() -> None:
    [hold] = unsure("My answer.\n----\n[private note] He never pays.")
    assert isinstance(hold, HoldAnswer) and "could not be told" in hold.why


@pytest.mark.parametrize("line", ["#close", "#send", "#reopen"])
def test_a_command_with_such_an_answer_is_refused(line: str) -> None:
    [refusal] = unsure(f"{line}\nMy answer.\n----\n[private note] He never pays.")
    assert isinstance(refusal, Refuse) and "Delete the quoted mail" in refusal.fix


def test_a_note_with_an_uncut_quote_is_kept_whole() -> None:
    [note] = unsure("#note\nMy note.\n----\nquoted")
    assert isinstance(note, AddNote) and note.words.text == "My note.\n----\nquoted"


@pytest.mark.parametrize("text", ["#note\nHe never pays.", "#close", "#notiz\nHe never pays."])
def test_a_held_mail_that_begins_with_a_command_is_never_sent_as_an_answer(text: str) -> None:
    facts = known(case(), mails=[our_letter(ANN)], held={CASE_ID: held(text)})
    refusal = only(Refuse, ask_ann("#send", facts))
    assert "so it is no answer to send" in refusal.what
    assert only(ReleaseHeld, ask_ann("#send\nDear Carla", facts)).words.text == "Dear Carla"
    only(DropHeld, ask_ann("#drop", facts))


@pytest.mark.parametrize("piece", ["#note\n", "#note ", " ", "\n", "#", "#a", "# ", "\u00a0", "#note:"])
def test_a_long_row_of_hostile_lines_is_read_in_proportion_to_its_length(piece: str) -> None:
    assert is_linear(command.parse, piece)


def with_formatting(text: str, html: str, below: str, *, sure: bool = True) -> InboundMail:
    reply = Reply(text, html, CutMethod.WHOLE, sure, below)
    return mail(ANN.address, text, subject="Re: A question", in_reply_to=(letter_id(ANN),), html=html, reply=reply)


@pytest.mark.parametrize(
    ("text", "html", "below", "goes_out"),
    [
        ("It works.", "<b>It works.</b>", "", "<b>It works.</b>"),
        ("#tag a\nIt works.", "<p>#tag a</p><b>It works.</b>", "<b>It works.</b>", "<b>It works.</b>"),
        ("#tag a\nIt works.", "<p>#tag a<br>It works.</p>", "", ""),  # the command never goes out
    ],
)
def test_the_formatting_below_commands_goes_out_with_the_text(text: str, html: str, below: str, goes_out: str) -> None:
    reading = ask(with_formatting(text, html, below), known(case(), mails=[our_letter(ANN)]))
    [answer] = [one for one in reading.intents if isinstance(one, Answer)]
    assert (answer.words.text, answer.words.html) == ("It works.", goes_out)
