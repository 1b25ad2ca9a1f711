"""Commands at the top of a CSR's mail: each of them, several at once, and everything that must not be taken for one."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from mailticket.domain.case import Status
from mailticket.domain.intents import (
    AddNote,
    Answer,
    AskHelp,
    Assign,
    DropHeld,
    Escalate,
    HoldAnswer,
    Intent,
    Refuse,
    ReleaseHeld,
    SetStatus,
    Take,
)
from mailticket.domain.mail import CutMethod, Reply
from mailticket.triage import command
from tests import cast
from tests.builders import CASE_ID, case, file, held, known, letter_id, mail, our_letter
from tests.cast import ANN, BO, EVE
from tests.triage.asking import ask, ask_ann, only

PRIVATE = "She is angry, be kind."


def kinds(text: str) -> list[type[Intent]]:
    return [type(one) for one in ask_ann(text).intents]


def goes_out(text: str, *files: str) -> list[str]:
    """All that would reach the customer of a mail with this text."""
    reading = ask_ann(text, files=[file(one) for one in files])
    return [one.words.text for one in reading.intents if isinstance(one, Answer | ReleaseHeld)]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("#note\nPrivate.", AddNote),
        ("#assign Bo Baker", Assign),
        ("#escalate", Escalate),
        ("#take", Take),
        ("#pending", SetStatus),
        ("#resolve", SetStatus),
        ("#close", SetStatus),
        ("#reopen", SetStatus),
        ("#send", ReleaseHeld),
        ("#drop", DropHeld),
        ("#help", AskHelp),
    ],
)
def test_each_command_is_one_wish(text: str, intent: type[Intent]) -> None:
    assert kinds(text) == [intent]
    assert kinds(text.upper()) == [intent]


@pytest.mark.parametrize(
    ("line", "status", "resolution"),
    [
        ("#resolve", Status.RESOLVED, ""),
        ("#close", Status.CLOSED, ""),
        ("#reopen", Status.REOPENED, ""),
        ("#pending", Status.PENDING, ""),
        ("#resolve internal spam", Status.SPAM, "spam"),
        *((f"#resolve internal {one}", Status.RESOLVED, one) for one in ("abuse", "test", "duplicate", "chat", "call")),
        ("#resolve  Internal   OTHER", Status.RESOLVED, "other"),
    ],
)
def test_status_commands_ask_for_their_status(line: str, status: Status, resolution: str) -> None:
    intent = only(SetStatus, ask_ann(line))
    assert (intent.status, intent.resolution, intent.until) == (status, resolution, None)


def test_pending_takes_a_moment_in_the_desks_time_zone() -> None:
    assert only(SetStatus, ask_ann("#pending 3d")).until == datetime(2026, 7, 18, 9, 30, tzinfo=UTC)
    assert only(SetStatus, ask_ann("#pending friday")).until == datetime(2026, 7, 17, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "csr", "role"),
    [
        ("Bo Baker", BO.key, ""),
        ("bo", BO.key, ""),
        ("BO@example.com", BO.key, ""),
        ("<bo@example.com>", BO.key, ""),
        ("a.archer@example.com", ANN.key, ""),
        ("archer", ANN.key, ""),
        ("experts", "", "experts"),
        ("Support", "", "support"),
    ],
)
def test_a_receiver_is_a_csr_or_a_role_by_any_clear_name(name: str, csr: str, role: str) -> None:
    intent = only(Assign, ask_ann(f"#assign {name}"))
    assert (intent.csr, intent.role) == (csr, role)


@pytest.mark.parametrize(
    ("line", "csr", "role"), [("", "", "experts"), (" Eve", EVE.key, ""), (" support", "", "support")]
)
def test_escalation_goes_to_the_second_level_or_to_whom_it_names(line: str, csr: str, role: str) -> None:
    intent = only(Escalate, ask_ann(f"#escalate{line}"))
    assert (intent.csr, intent.role) == (csr, role)


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("#assign", "#assign needs a name", "#assign Jane Doe"),
        ("#assign Bob", 'Nobody here is called "Bob"', 'Did you mean "Bo Baker"?'),
        ("#assign xyzzy", "Nobody here is called", "Known are: Ann Archer, Bo Baker, Eve Expert, support, experts."),
        ("#take sales", 'There is no role "sales"', "Roles are: support, experts."),
        ("#pending soon", '"soon" is not a time', "write #pending alone"),
        ("#pending 2020-01-01", "is in the past", "write #pending alone"),
        ("#resolve internal", "is not understood", "abuse, test, duplicate"),
        ("#resolve internal because", "is not understood", "abuse, test, duplicate"),
        ("#resolve now", "is not understood", "#resolve internal"),
        ("#close now", '#close takes nothing on its line, but there stands "now"', "your text below it"),
        ("#send this", "#send takes nothing", "on a line of its own"),
        ("#notiz\nPrivate.", '"#notiz" is not a command', "Did you mean #note?"),
        ("#closed", '"#closed" is not a command', "Did you mean #close?"),
        ("#xyzzy", '"#xyzzy" is not a command', "#help"),
        ("#note\n#asign Bo\nPrivate.", '"#asign Bo" is not a command', "Did you mean #assign?"),
        ("#close\n#assign nobody-such", "Nobody here is called", "Known are"),
    ],
)
def test_what_cannot_be_done_is_refused_whole_with_the_way_to_mend_it(text: str, what: str, fix: str) -> None:
    refusal = only(Refuse, ask_ann(text))
    assert what in refusal.what and fix in refusal.fix
    assert refusal.asked == text


def test_without_a_second_level_escalation_must_name_somebody() -> None:
    one = mail(ANN.address, "#escalate", in_reply_to=(letter_id(ANN),))
    reading = ask(one, known(case(), mails=[our_letter(ANN)]), cast.service(second_level=""))
    assert "has no 2nd level" in only(Refuse, reading).what


@pytest.mark.parametrize("name", ["Ann", "example.com", "@", "ann@elsewhere.example", "''"])
def test_an_unclear_name_means_nobody(name: str) -> None:
    twins = cast.config(csr=(*cast.config().csr, cast.Csr(email="ann2@example.com", name="Ann Other")))
    assert command.find_csr(name, twins) is None


TEXT_NOT_COMMANDS = [
    "#4711 is your order.",
    "# note",
    "#",
    "##note",
    "> #note",
    "note",
    "- #note",
    "Thanks!\n#close",
    "#1a",
]


@pytest.mark.parametrize("text", TEXT_NOT_COMMANDS)
def test_what_is_no_command_is_the_answer_word_for_word(text: str) -> None:
    assert only(Answer, ask_ann(text)).words.text == text


def test_a_command_inside_quoted_text_is_ignored() -> None:
    text = "I did that.\n\n> On Monday Bo wrote:\n> #close\n#close"
    assert only(Answer, ask_ann(text)).words.text == text


@pytest.mark.parametrize(
    "line",
    [
        "#note",
        "#NOTE",
        "  #note  ",
        "\u00a0#note",
        "\ufeff#note",
        "\u200b#note",
        "＃note",
        "#note:",
        "#note.",
        "#note\r",
    ],
)
def test_a_note_stays_private_however_the_client_wrote_it(line: str) -> None:
    note = only(AddNote, ask_ann(f"\n\n{line}\n{PRIVATE}"))
    assert note.words.text == PRIVATE
    assert note.message_id


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("#note call her", "call her"),
        ("#note: call her", "call her"),
        ("#note:call her", "call her"),
        ("#note call\u00a0her\nToday.", "call her\nToday."),
        ("#note " + "x" * 2000, "x" * 2000),
    ],
)
def test_a_note_may_begin_on_the_commands_line(text: str, note: str) -> None:
    assert only(AddNote, ask_ann(text)).words.text == note


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
    ],
)
def test_reopening_comes_first_and_the_new_status_last(text: str, order: list[object]) -> None:
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
def test_a_long_row_of_hostile_lines_is_read_at_once(piece: str) -> None:
    start = time.perf_counter()
    command.parse(piece * (200_000 // len(piece)))
    assert time.perf_counter() - start < 1.5
