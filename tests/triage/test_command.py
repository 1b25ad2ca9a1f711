"""Commands at the top of a CSR's mail: each of them, several at once, and everything that must not be taken for one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailticket.domain.case import Status
from mailticket.domain.case_intents import Assign, Escalate, SetStatus, Take
from mailticket.domain.intents import AddNote, Answer, AskHelp, DropHeld, Intent, Refuse, ReleaseHeld
from mailticket.triage.commands.arguments import find_csr
from tests import cast
from tests.builders import case, known, letter_id, mail, our_letter
from tests.cast import ANN, BO, EVE
from tests.triage.asking import ask, ask_ann, only

PRIVATE = "She is angry, be kind."


def kinds(text: str) -> list[type[Intent]]:
    return [type(one) for one in ask_ann(text).intents]


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
        ("#tag a\n" * 101, "begins with more than 100 commands", "in several mails"),
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
    assert find_csr(name, twins) is None


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
