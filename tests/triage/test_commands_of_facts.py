"""Commands that change a case's facts, merge it, open one for a customer or fill in a ready answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailticket.config.models import Config
from mailticket.config.rules import AnswerTemplate, CustomField
from mailticket.domain.address import Address
from mailticket.domain.case import Priority, Status, Words
from mailticket.domain.case_intents import (
    AddTime,
    LinkCases,
    Merge,
    SetDue,
    SetField,
    SetPriority,
    SetStatus,
    SetTags,
    Split,
    Watch,
)
from mailticket.domain.intents import AddNote, AddToBlacklist, Answer, AskWhy, Inquire, Intent, Refuse, ReleaseHeld
from mailticket.domain.people import Customer
from mailticket.triage.question import Reading
from mailticket.triage.read import read
from mailticket.triage.writer.sender import Trust
from tests import cast
from tests.builders import KEYS, NOW, OTHER_ID, case, file, known, letter_id, mail, our_letter
from tests.cast import ANN, BO, CARLA
from tests.triage.asking import ask, only

FIELDS = (
    CustomField(name="serial"),
    CustomField(name="weight", kind="number"),
    CustomField(name="bought", kind="date", required=True),
    CustomField(name="size", kind="choice", choices=("Small", "Large")),
    CustomField(name="paid", kind="checkbox", visible="csr"),
    CustomField(name="mileage", kind="number", types=("car",)),
)
ANSWERS = (
    AnswerTemplate(name="hours", text="Dear {{ customer.first_name }}, nine to five. {{ fields.serial }}"),
    AnswerTemplate(name="secret", text="{{ fields.paid }}"),
    AnswerTemplate(name="bill", text="It weighs {{ fields.weight }} kg."),
    AnswerTemplate(name="dear", text="Dear {{ customer.name }}"),
    AnswerTemplate(
        name="either",
        text="Dear {% if fields.size %}{{ fields.size }}{% else %}friend{% endif %}, {{ fields.size or 'a' }} or "
        "{{ 'b' if fields.size == '' }}. {{ fields.size|default('unknown') }}",
    ),
    AnswerTemplate(name="subject", text="Nine to five.", subject="{{ case.subject }}: our hours"),
)
SECRET = "CANARY for our eyes only"


def desk() -> Config:
    return cast.config(field=FIELDS, answer=ANSWERS)


def ask_ann(
    text: str, on_case: bool = True, subject: str = "Re: A question", who: Address = CARLA, **changes: Any
) -> Reading:
    """Ann writes about Carla's case, or a new mail of hers (proven by her letter without a case)."""
    config = desk()
    letter = our_letter(ANN) if on_case else our_letter(ANN, "")
    one = mail(ANN.address, text, subject=subject, in_reply_to=(letter.message_id,), **changes)
    words = Words(one.words, one.words_html, one.text, one.reply.method, ())
    about = case(fields={"serial": "4711", "paid": "yes"}, customer=Customer(1, who))
    facts = known(about, mails=[letter])
    return read(one, words, facts, Trust(config, config.service[0], KEYS), NOW)


def test_the_desks_word_for_word_case_is_carlas() -> None:
    assert ask_ann("Hello").case == case(fields={"serial": "4711", "paid": "yes"})


@pytest.mark.parametrize(
    ("line", "intent"),
    [
        ("#priority high", SetPriority(cast.as_csr(), Priority.HIGH)),
        ("#priority URGENT", SetPriority(cast.as_csr(), Priority.URGENT)),
        ("#priority n", SetPriority(cast.as_csr(), Priority.NORMAL)),
        ("#due 3d", SetDue(cast.as_csr(), datetime(2026, 7, 18, 9, 30, tzinfo=UTC))),
        ("#due Freitag 14 Uhr", SetDue(cast.as_csr(), datetime(2026, 7, 17, 14, 0, tzinfo=UTC))),
        ("#due none", SetDue(cast.as_csr(), None)),
        ("#tag billing", SetTags(cast.as_csr(), ("billing",))),
        ("#tag billing, -urgent, very late", SetTags(cast.as_csr(), ("billing", "very late"), ("urgent",))),
        ("#watch", Watch(cast.as_csr(), ANN.key)),
        ("#watch Bo", Watch(cast.as_csr(), BO.key)),
        ("#watch -experts", Watch(cast.as_csr(), "experts", is_off=True)),
        ("#watch boss@elsewhere.example", Watch(cast.as_csr(), "boss@elsewhere.example")),
        ("#time 1h30m", AddTime(cast.as_csr(), timedelta(minutes=90))),
        ("#time -15m", AddTime(cast.as_csr(), timedelta(minutes=-15))),
        ("#set serial=A 4711", SetField(cast.as_csr(), "serial", "A 4711")),
        ("#set Serial = ", SetField(cast.as_csr(), "serial", "")),
        ("#set weight=12,50", SetField(cast.as_csr(), "weight", "12.50")),
        ("#set bought=24.12.2025", SetField(cast.as_csr(), "bought", "2025-12-24")),
        ("#set size=large", SetField(cast.as_csr(), "size", "Large")),
        ("#set paid=ja", SetField(cast.as_csr(), "paid", "yes")),
        ("#merge 0000-001Y", Merge(cast.as_csr(), OTHER_ID)),
        ("#merge [#0000-001y] yes", Merge(cast.as_csr(), OTHER_ID, is_confirmed=True)),
        ("#link 0000-001Y", LinkCases(cast.as_csr(), OTHER_ID)),
        ("#link -[#0000-001Y]", LinkCases(cast.as_csr(), OTHER_ID, is_off=True)),
        ("#split", Split(cast.as_csr(), ())),
        ("#split 3, 5 3", Split(cast.as_csr(), (3, 5))),
        ("#spam", SetStatus(cast.as_csr(), Status.SPAM, resolution="spam")),
        ("#blacklist", AddToBlacklist(cast.as_csr(), CARLA.address)),
        ("#blacklist subject", AddToBlacklist(cast.as_csr(), CARLA.address, "A question")),
        ("#why", AskWhy(cast.as_csr())),
    ],
)
def test_each_command_asks_for_what_it_says(line: str, intent: Intent) -> None:
    asked = only(type(intent), ask_ann(line))
    assert asked == intent


@pytest.mark.parametrize(
    ("line", "what", "fix"),
    [
        ("#priority", "needs a priority", "low, normal, high, urgent"),
        ("#priority hihg", 'no priority "hihg"', 'Did you mean "high"?'),
        ("#due", "needs a moment", "#due none"),
        ("#due soon", '"soon" is not a time', "#due none"),
        ("#tag", "needs a tag", "#tag billing"),
        ("#tag -", "needs a tag", "#tag billing"),
        ("#watch nobody", 'Nobody here is called "nobody"', "Known are"),
        ("#watch support@example.com", "one of our own addresses", "somebody outside"),
        ("#time", "is not a span", "#time 1h30m"),
        ("#time 5 parsecs", "is not a span", "#time 1h30m"),
        ("#time 0m", "not between", "#time 1h30m"),
        ("#set serial", "there is no =", "#set serial=4711"),
        ("#set serail=1", 'no field "serail"', 'Did you mean "serial"?'),
        ("#set mileage=1", 'no field "mileage"', "Fields are: serial, weight, bought, size, paid."),
        ("#set weight=1.250,50", "takes a number", "1250.50"),
        ("#set weight=NaN", "takes a number", "1250.50"),
        ("#set bought=", "must have a value", "#set bought="),
        ("#set bought=soon", "takes a date", "2026-12-24"),
        ("#set size=Tiny", 'no choice "Tiny"', "Small, Large"),
        ("#set paid=maybe", "is yes or no", "#set paid=yes"),
        ("#merge", "is not a case ID", "#merge 7F3K-9QX6"),
        ("#merge 0000-001Z", "is not a case ID", "#merge 7F3K-9QX6"),
        ("#merge 0000-001Y no", "is not a case ID", "#merge 7F3K-9QX6"),
        ("#link", "needs a case ID", "#link 7F3K-9QX6"),
        ("#link 0000-001Z", "is not a case ID", "#link 7F3K-9QX6"),
        ("#split third", "named by their numbers", "#split 3 5"),
        ("#split -3", "named by their numbers", "#split 3 5"),
        ("#split 12345678901", "named by their numbers", "#split 3 5"),
        ("#blacklist everybody", 'not "everybody"', "#blacklist subject"),
        ("#template", "needs a name", "hours, secret, bill"),
        ("#template huors", 'no ready answer "huors"', 'Did you mean "hours"?'),
        ("#template secret", "cannot be used", "tell the admin"),
        ("#greeting", 'takes only "off"', "#greeting off"),
        ("#greeting off", "There is no answer", "Type it below."),
        ("#preview", "There is no answer", "Type it below."),
        ("#preview\n#send", "contradict each other", "Leave one of them out."),
        ("#customer", "needs one mail address", "#customer ann@example.org"),
        ("#customer ann@example.com\nHello", "one of our own", "somebody outside"),
        ("#customer carla@customer.example", "There is no inquiry", "below"),
        ("#why now", "#why takes nothing", "on a line of its own"),
    ],
)
def test_a_wrong_argument_is_refused_with_what_would_do(line: str, what: str, fix: str) -> None:
    refused = only(Refuse, ask_ann(line))
    assert what in refused.what and fix in refused.fix and refused.asked == line


@pytest.mark.parametrize(
    "line", ["#priority high", "#due 3d", "#tag a", "#watch", "#time 1h", "#set serial=1", "#close"]
)
def test_the_text_below_is_the_answer(line: str) -> None:
    answers = [one for one in ask_ann(f"{line}\nIt is done.").intents if isinstance(one, Answer)]
    assert [one.words.text for one in answers] == ["It is done."]


@pytest.mark.parametrize(
    "line", ["#spam", "#blacklist", f"#merge {OTHER_ID}", "#resolve internal test", "#take", "#split"]
)
def test_the_text_below_is_private(line: str) -> None:
    intents = ask_ann(f"{line}\n{SECRET}").intents
    assert [one.words.text for one in intents if isinstance(one, AddNote)] == [SECRET]
    assert not any(isinstance(one, Answer | ReleaseHeld | Inquire) for one in intents)


@pytest.mark.parametrize("private", ["#note", "#assign Bo", "#escalate", "#spam", "#resolve internal call", "#take"])
@pytest.mark.parametrize("public", ["#priority high", "#tag a", "#time 1h", "#due 3d", "#template hours", "#close"])
def test_mixed_means_private_in_every_order(private: str, public: str) -> None:
    for lines in (f"{private}\n{public}", f"{public}\n{private}"):
        intents = ask_ann(f"{lines}\n{SECRET}").intents
        goes_out = [one.words.text for one in intents if isinstance(one, Answer | ReleaseHeld | Inquire)]
        assert not any(SECRET in text for text in goes_out), intents


def test_many_commands_are_one_decision_with_the_merge_first_and_the_status_last() -> None:
    text = f"#close\n#priority low\n#time 5m\n#tag done\n#merge {OTHER_ID}\nWe are through."
    kinds = [type(one) for one in ask_ann(text).intents]
    assert kinds == [Merge, AddNote, SetPriority, AddTime, SetTags, SetStatus]


def test_a_ready_answer_is_filled_in_and_the_csrs_own_words_stand_below_it() -> None:
    assert only(Answer, ask_ann("#template hours")).words.text == "Dear Carla, nine to five. 4711"
    both = only(Answer, ask_ann("#template HOURS\nAnd Saturday."))
    assert both.words.text == "Dear Carla, nine to five. 4711\n\nAnd Saturday."


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("bill", 'the case has no value in the field "weight"'),
        ("dear", "nobody knows the name of carla@customer.example"),
    ],
)
def test_a_ready_answer_is_never_sent_with_an_empty_value(name: str, missing: str) -> None:
    refused = only(Refuse, ask_ann(f"#template {name}", who=Address("", CARLA.address)))
    assert missing in refused.what and "#set NAME=VALUE" in refused.fix


def test_a_ready_answer_may_do_without_a_value() -> None:
    assert only(Answer, ask_ann("#template either")).words.text == "Dear friend, a or b. unknown"


def test_a_ready_answer_may_bring_a_subject_of_its_own() -> None:
    assert only(Answer, ask_ann("#template subject")).subject == "A question: our hours"
    assert only(Answer, ask_ann("#template hours\n#template subject")).subject == "A question: our hours"
    assert only(ReleaseHeld, ask_ann("#send\n#template subject")).subject == "A question: our hours"


def test_a_ready_answer_goes_out_although_the_text_below_is_private() -> None:
    answer, note = ask_ann(f"#template hours\n#note\n{SECRET}").intents
    assert isinstance(answer, Answer | AddNote) and isinstance(note, Answer | AddNote)
    by_kind = {type(one): one.words.text for one in (answer, note)}
    assert by_kind == {Answer: "Dear Carla, nine to five. 4711", AddNote: SECRET}


def test_preview_and_greeting_off_are_manners_of_the_answer() -> None:
    answer = only(Answer, ask_ann("#preview\n#greeting off\nIt is done."))
    assert (answer.is_preview, answer.words.greeting) == (True, False)
    sent = only(ReleaseHeld, ask_ann("#greeting off\n#send"))
    assert (sent.words.greeting, sent.words.text) == (False, "")
    assert only(Answer, ask_ann("It is done.")).words.greeting


@pytest.mark.parametrize("on_case", [True, False])
def test_customer_opens_a_case_in_the_customers_name(on_case: bool) -> None:
    text = "#customer Dirk Driver <dirk@customer.example>\n#priority high\nHe called: it burns."
    reading = ask_ann(text, on_case, subject="Printer on fire")
    inquiry, priority = reading.intents
    assert isinstance(inquiry, Inquire) and isinstance(priority, SetPriority) and reading.case is None
    assert (str(inquiry.customer), inquiry.subject) == ("Dirk Driver <dirk@customer.example>", "Printer on fire")
    assert inquiry.words.text == "He called: it burns."


@pytest.mark.parametrize("private", ["#note", "#assign Bo", "#spam"])
def test_customer_with_a_private_text_is_refused_because_the_customer_reads_the_inquiry(private: str) -> None:
    refused = only(Refuse, ask_ann(f"#customer dirk@customer.example\n{private}\n{SECRET}"))
    assert "it is private" in refused.what and refused.asked.endswith(SECRET)


@pytest.mark.parametrize("line", ["#priority high", "#template hours", "#why", "#spam"])
def test_without_a_case_there_is_nothing_to_change(line: str) -> None:
    assert "belongs to no case" in only(Refuse, ask_ann(line, on_case=False)).what


def test_a_customers_command_is_text() -> None:
    reading = ask(mail(CARLA, "#close\nPlease.", subject="Re: [#7F3K-9QX6]"), known(case()))
    assert all(getattr(one, "words", Words("")).text == "#close\nPlease." for one in reading.intents)


def test_files_go_with_the_text_below() -> None:
    config = desk()
    one = mail(ANN.address, "#tag a\nSee the photo.", subject="Re: x", in_reply_to=(letter_id(ANN),))
    words = Words(one.words, "", one.text, "whole", (file(),))
    facts = known(case(), mails=[our_letter(ANN)])
    intents = read(one, words, facts, Trust(config, config.service[0], KEYS), NOW).intents
    assert [each.words.files for each in intents if isinstance(each, Answer)] == [(file(),)]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("#take", ""),
        ("#tag a\n#take", "not sent, because of #take"),
        ("#close\n#resolve internal call", "not sent, because of #resolve internal call"),
        ("#close\n#note", ""),
    ],
)
def test_the_receipt_can_say_why_a_text_was_not_sent(lines: str, why: str) -> None:
    [note] = [one for one in ask_ann(f"{lines}\n{SECRET}").intents if isinstance(one, AddNote)]
    assert note.why == why
