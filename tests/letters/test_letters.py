"""What stands in each letter, in its text and in its HTML, and what never does."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case import EntryKind, Status, StoredFile
from mailticket.domain.decision import LetterKind
from mailticket.domain.people import Customer, Participant
from mailticket.letters.csr_values import MARKER
from mailticket.letters.render import Rendered
from mailticket.letters.values import plain_subject
from mailticket.triage.commands.command import help_lines
from tests.builders import CASE_ID, OTHER_ID, case
from tests.cast import ANN, BO, CARLA, DIRK, MALLORY
from tests.letters.desk import acknowledgement, answer, entry, inquiry, note, picture, reply, to_csr

TAG = f"[#{CASE_ID}]"
PLAN = StoredFile("plan.pdf", "application/pdf", 48_000, "3" * 64)


def seen(letter: Rendered) -> str:
    """The words of the HTML part as a reader sees them."""
    unseen = r'<(head|style)\b.*?</\1>|<span style="display:none.*?</span>|<!--.*?-->|<[^>]*>'
    text = re.sub(unseen, " ", letter.html, flags=re.DOTALL)
    return " ".join(text.replace("&nbsp;", " ").replace("&middot;", " ").replace("&#34;", '"').split())


def both(letter: Rendered) -> tuple[str, str]:
    return " ".join(letter.text.split()), seen(letter)


# --- to customers ---------------------------------------------------------------------------------------------------


def test_an_acknowledgement_gives_the_case_id_and_a_promise() -> None:
    letter = acknowledgement()
    assert letter.subject == f"Re: {TAG} A question"
    for words in both(letter):
        assert all(part in words for part in ("Hello Carla,", TAG, "A question", "as soon as we can"))


def test_an_acknowledgement_to_an_unproven_stranger_echoes_nothing_of_theirs() -> None:
    spam = Address("Win a prize at evil.example", "victim@elsewhere.example")
    letter = acknowledgement(spam, may_echo=False, case=case(subject="Cheap pills at evil.example"))
    assert letter.subject == f"Re: {TAG} We have your message"
    for part in (letter.subject, letter.text, letter.html):
        assert "evil" not in part and "prize" not in part and "pills" not in part
    assert letter.text.startswith("Hello,\n")


@pytest.mark.parametrize("name", ["", "carla@customer.example", "https://evil.example", "www.evil.example", "x" * 70])
def test_what_is_no_name_is_not_greeted_by(name: str) -> None:
    assert acknowledgement(Address(name, CARLA.address)).text.startswith("Hello,\n")


def test_an_answer_puts_the_answer_first_and_the_history_last() -> None:
    letter = answer()
    assert letter.subject == f"Re: {TAG} A question"
    for words in both(letter):
        places = [words.index(part) for part in ("Hello Carla", "Switch it off", "Kind regards", "It prints nothing")]
        assert places == sorted(places)
    assert "> It prints nothing." in letter.text


def test_an_answer_keeps_its_formatting_and_pictures() -> None:
    html = '<p>Press the <b>green</b> lever: <img src="cid:photo"></p>'
    letter = answer((inquiry(), reply("Press the green lever:", html=html, files=(picture(), PLAN))))
    own = f"{'1' * 32}@shown.mailticket"
    assert f'<b>green</b> lever: <img src="cid:{own}">' in letter.html
    assert [(one.name, one.cid) for one in letter.files] == [("photo.png", own), ("plan.pdf", "")]
    for words in both(letter):
        assert "plan.pdf" in words and "48 KB" in words and "photo.png" not in words


def test_pictures_of_the_history_come_along_and_its_files_are_named() -> None:
    asked = inquiry("Look", html='<p>Look <img src="cid:photo"></p>', files=(picture(), PLAN))
    letter = answer((asked, reply()))
    assert [one.name for one in letter.files] == ["photo.png"]
    assert all("plan.pdf (48 KB)" in words for words in both(letter))


def test_a_long_history_is_cut_and_counted() -> None:
    told = [inquiry("x" * 30_000, number) for number in range(1, 6)]
    letter = answer((*told, reply(number=6)), brings=6)
    assert all("3 earlier entries" in words for words in both(letter))
    assert len(letter.html) < 100_000


def test_who_came_later_sees_nothing_from_before() -> None:
    newcomer = Participant(DIRK, False, 3)
    told = (inquiry("first words"), reply("early answer"), inquiry("later words", 3), reply("late answer", 4))
    letter = answer((*told[:3], replace(told[3], parties=(CARLA.key, DIRK.key))), brings=4, viewer=newcomer)
    assert letter.text.startswith("Hello Dirk,") and "late answer" in letter.text
    assert not {"first words", "early answer", "later words"} & set(re.findall(r"\w+ \w+", letter.text + letter.html))


def test_a_customer_sees_the_name_of_a_csr_and_never_their_address() -> None:
    letter = answer((inquiry(), reply("Early.", 2), reply("Late.", 3)), brings=3)
    assert "Ann Archer" in letter.text and ANN.email not in letter.text + letter.html


def test_no_secret_word_reaches_a_customer() -> None:
    chance = random.Random(7)
    kinds = [EntryKind.CUSTOMER_MAIL, EntryKind.REPLY, EntryKind.NOTE, EntryKind.EVENT]
    for round_ in range(60):
        told = [inquiry()]
        for number in range(2, 9):
            kind = chance.choice(kinds)
            held = chance.choice(("", "banned word")) if kind is EntryKind.REPLY else ""
            is_secret = kind in (EntryKind.NOTE, EntryKind.EVENT) or bool(held)
            words = f"CANARY{round_}" if is_secret else "plain"
            told.append(entry(number, kind, words, ANN.address, html=f"<p>{words}</p>", held=held))
        letter = answer((*told, reply(number=9)), brings=9, case=case(tags=("CANARY",), csr=BO.key))
        assert "CANARY" not in letter.subject + letter.text + letter.html


def test_what_a_customer_wrote_is_never_a_template() -> None:
    trick = "{{ 7*7 }} {tag_signoff} {% for x in [1] %}y{% endfor %} {{ ''.__class__ }}"
    letter = answer((inquiry(trick), reply(trick)), case=case(subject=trick))
    for part in (letter.subject, letter.text, letter.html.replace("&#39;", "'")):
        assert trick in part


def test_markup_in_plain_text_stays_text() -> None:
    trick = "<script>alert(1)</script></td></table>"
    letter = answer((inquiry(trick), reply(trick)), case=case(subject=trick))
    assert "<script" not in letter.html and letter.html.count("</table>") == letter.html.count("<table")


# --- to CSRs --------------------------------------------------------------------------------------------------------


def test_the_marker_is_the_first_thing_that_a_csr_sees_and_stands_once() -> None:
    letter = to_csr()
    assert letter.text.startswith(f"##- {MARKER} -##\n") and seen(letter).startswith(f"##- {MARKER} -##")
    assert letter.text.count(MARKER) == letter.html.count(MARKER) == 1


def test_a_case_letter_holds_everything_about_the_case() -> None:
    about = case(also=(DIRK,), csr=ANN.key, linked=(OTHER_ID,), tags=("printer",))
    earlier = case(id=OTHER_ID, key=2, subject="Old matter", status=Status.CLOSED)
    letter = to_csr(
        entries=(inquiry(files=(PLAN,)),),
        about=about,
        commands=help_lines(),
        earlier=(earlier,),
        away=frozenset({("support", BO.key)}),
        extra={"why": "fewest open cases"},
    )
    wanted = (
        "Carla Customer", CARLA.address, "A question", TAG, "14 Jul 2026, 09:30 UTC", "1 day", DIRK.address, "opened",
        "Ann Archer (you), role support", "Bo Baker (away)", "experts: Eve Expert", "plan.pdf", f"[#{OTHER_ID}]",
        "Old matter (closed", "fewest open cases", "printer", "It prints nothing.", "#note", "#escalate",
    )  # fmt: skip
    for words in both(letter):
        assert [part for part in wanted if part not in words] == []
    assert [one.name for one in letter.files] == ["plan.pdf"]


def test_a_case_letter_keeps_one_subject_for_life() -> None:
    for status in Status:
        about = case(status, subject="AW: Re: [#7F3K-9QX6] Printer")
        assert to_csr(about=about, entries=(inquiry(), inquiry(number=2)), brings=2).subject == f"{TAG} Printer"


def test_the_private_text_comes_before_everything() -> None:
    letter = to_csr(entries=(inquiry(), note("Be quick.", 2)), brings=2, about=case(Status.ESCALATED))
    for words in both(letter):
        assert words.index("Be quick.") < words.index("It prints nothing.")
        assert words.count("Be quick.") == 1


def test_notes_and_held_answers_are_marked_in_the_history() -> None:
    told = (inquiry(), note("Known fault.", 2), reply("Unproven.", 3, held="nothing proves it"), inquiry("And?", 4))
    for words in both(to_csr(entries=told, brings=4)):
        assert "private note" in words and "not sent: nothing proves it" in words
        assert words.index("And?") < words.index("Unproven.") < words.index("Known fault.") < words.index("It prints")


def test_a_held_answer_is_shown_as_it_would_go_out() -> None:
    extra = {"why": "x", "text": "Switch it off.", "html": ""}
    for greeting in (True, False):
        held = reply("Switch it off.", 2, held="x", files=(PLAN,))
        held = replace(held, words=replace(held.words, greeting=greeting))
        letter = to_csr(LetterKind.HOLD_NOTICE, (inquiry(), held), brings=2, extra=extra)
        for words in both(letter):
            assert ("Hello Carla," in words) is greeting
            assert "Switch it off. Kind regards" in words and "plan.pdf (48 KB)" in words


def test_events_are_no_history() -> None:
    told = (inquiry(), entry(2, EntryKind.EVENT, "status opened to closed", ANN.address))
    assert all("status opened to closed" not in words for words in both(to_csr(entries=told)))


@pytest.mark.parametrize(
    ("status", "entries", "brings", "headline"),
    [
        (Status.NEW, (inquiry(),), 1, "New case"),
        (Status.NEW, (inquiry(),), 0, "New case"),
        (Status.OPENED, (inquiry(), inquiry(number=2)), 2, "The customer wrote again"),
        (Status.REOPENED, (inquiry(), inquiry(number=2)), 2, "Reopened: the customer wrote again"),
        (Status.ESCALATED, (inquiry(), note("x", 2)), 2, "Escalated to you"),
        (Status.ESCALATED, (inquiry(), inquiry(number=2)), 2, "The customer wrote again"),
        (Status.OPENED, (inquiry(), note("x", 2)), 2, "Passed to you"),
        (Status.OPENED, (inquiry(),), 0, "Passed to you"),
    ],
)
def test_the_headline_says_why_the_mail_came(status: Status, entries: tuple, brings: int, headline: str) -> None:
    letter = to_csr(about=case(status), entries=entries, brings=brings)
    assert f"\n{headline.upper()} {TAG}\n" in letter.text
    assert f"<b>{headline}</b>" in letter.html


def test_only_commands_that_work_now_are_offered() -> None:
    assert "#send" not in to_csr(commands=help_lines()).text
    held = reply("Unproven.", 2, held="nothing proves it")
    assert "#send" in to_csr(entries=(inquiry(), held), commands=help_lines()).text


@pytest.mark.parametrize(
    ("extra", "parts"),
    [
        ({"done": ["Bo Baker has the case.", "Noted."]}, ("Bo Baker has the case.", "Noted.")),
        (
            {"problem": '"#clos" is no command.', "fix": "Did you mean #close?", "text": "#clos\nAll is well."},
            ('"#clos" is no command.', "Did you mean #close?", "All is well."),
        ),
        ({"commands": list(help_lines())}, ("#note", "keep the text as a private note", "#help")),
    ],
)
@pytest.mark.parametrize("about", [case(), None])
def test_a_receipt_tells_what_was_done_or_how_to_mend_it(extra: dict, parts: tuple[str, ...], about: object) -> None:
    letter = to_csr(LetterKind.CSR_RECEIPT, (), 0, about, extra=extra)  # type: ignore[arg-type]
    assert letter.subject == (f"Re: {TAG} A question" if about else "Re: your mail to support")
    for words in both(letter):
        assert [part for part in parts if part not in words] == []
    assert letter.files == ()


def test_a_hold_notice_shows_the_finished_letter_and_the_two_ways_out() -> None:
    extra = {"why": "nothing proves it yours", "text": "Switch it off.", "html": "<p>Switch it <i>off</i>.</p>"}
    letter = to_csr(LetterKind.HOLD_NOTICE, (inquiry(), reply(held="x")), 0, extra=extra)
    for words in both(letter):
        for part in (MARKER, "nothing proves it yours", "#send", "#drop", "Hello Carla,", "Kind regards, Ann Archer"):
            assert part in words
    assert "Switch it <i>off</i>." in letter.html and "Switch it off." in letter.text


@pytest.mark.parametrize(("is_permanent", "told"), [(True, "did not arrive"), (False, "has not arrived yet")])
def test_a_bounce_notice_says_what_the_server_said(is_permanent: bool, told: str) -> None:
    extra = {"recipient": CARLA.address, "server_said": "550 <x> unknown", "is_permanent": is_permanent}
    letter = to_csr(LetterKind.BOUNCE_NOTICE, extra=extra)
    assert f"{CARLA.address} {told}" in letter.text and "> 550 <x> unknown" in letter.text
    assert "550 &lt;x&gt; unknown" in letter.html


def test_a_case_without_csr_role_or_name_reads_well() -> None:
    about = case(customer=Customer(1, Address("", MALLORY.address)), role="", subject="")
    letter = to_csr(about=about)
    assert letter.subject == f"{TAG} (no subject)"
    assert f"Customer    {MALLORY.address}\n" in letter.text and "nobody yet" in letter.text
    assert "the customer gets your answer" in letter.text


# --- all ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Re: AW: Sv: Printer", "Printer"),
        (f"Re: [#{OTHER_ID}] Printer", "Printer"),
        ("Fwd: Printer", "Fwd: Printer"),
        ("Reply: wanted", "Reply: wanted"),
        ("RE[2]: Printer", "Printer"),
        ("", "(no subject)"),
        ("x" * 300, "x" * 179 + "…"),
    ],
)
def test_a_subject_loses_prefixes_and_foreign_case_ids(subject: str, plain: str) -> None:
    assert plain_subject(subject) == plain
