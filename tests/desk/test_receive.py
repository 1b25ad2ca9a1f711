"""Receive: what becomes of each kind of mail, in the inbox, in the case and in the outbox."""

from __future__ import annotations

from typing import Any

import pytest

from mailticket.desk import receive as verb
from mailticket.desk.assign import assign
from mailticket.desk.decided.apply import apply
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Status
from mailticket.domain.decision import Settle
from mailticket.errors import Outdated, Permanent
from mailticket.store import blacklist, entries, people
from mailticket.store.files import blobs
from mailticket.tokens import is_own_loop
from tests.builders import KEYS
from tests.cast import ANN, BO, CARLA, DIRK, MALLORY, SUPPORT, config, service
from tests.desk.house import House, mail, reply

CANARY = "canary-7713"


def opened(house: House) -> None:
    """Carla's case, given to Ann."""
    house.take_in(mail())
    assert assign(house.office) == 1


def answered(house: House, text: str = "Pull the plug.") -> None:
    opened(house)
    (row,) = house.take_in(reply(house.letter("csr_case"), ANN.address, text))
    assert row.outcome == "answered", row.reason


def test_an_inquiry_opens_a_case_and_is_acknowledged(each_house: House) -> None:
    (row,) = each_house.take_in(mail())
    case = each_house.case()
    assert (row.state, row.outcome, row.case, row.server_state) == ("done", "opened", case.id, "todo")
    assert case.status is Status.NEW and case.waiting_since and case.customer.address == CARLA
    assert [one.letter for one in each_house.letters()] == ["auto_reply"]
    assert {"assign", "deliver", "collect"} <= set(each_house.woken)


def test_a_case_that_somebody_changes_while_mail_is_decided_on_it_is_decided_on_anew(
    each_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(each_house)
    tries = []

    def overtaken(*of: Any) -> Settle:
        tries.append(of)
        if len(tries) == 1:
            raise Outdated("Case X was changed by somebody else in the meantime.")
        return apply(*of)

    monkeypatch.setattr(verb, "apply", overtaken)
    (row,) = each_house.take_in(mail(CARLA, f"[#{each_house.case().id}] More", "It burns again."))
    assert (row.outcome, row.attempts, len(tries)) == ("appended", 1, 2)


def test_a_case_id_that_another_case_has_is_replaced_by_a_random_one(
    each_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb.SteadyIds, "case_id", lambda _ids: "7F3K-9QX6")
    rows = each_house.take_in(mail(CARLA), mail(DIRK))
    first, second = each_house.cases()
    assert [one.outcome for one in rows] == ["opened", "opened"]
    assert first.id == "7F3K-9QX6" != second.id and second.customer.address == DIRK


def test_the_acknowledgement_has_the_headers_of_an_automatic_mail(house: House) -> None:
    house.take_in(mail(message_id="<theirs@mail.example>"))
    letter = house.letter("auto_reply")
    sent = house.as_sent(letter)
    assert letter.envelope_from == "" and letter.recipient == CARLA.address
    assert sent["Auto-Submitted"] == "auto-replied" and sent["X-Auto-Response-Suppress"] == "All"
    assert sent["In-Reply-To"] == sent["References"] == "<theirs@mail.example>"
    assert is_own_loop(KEYS, letter.message_id, str(sent["X-MailTicket-Loop"]))
    assert sent["Message-ID"] == letter.message_id


def test_an_answer_goes_to_the_customer_in_our_name(house: House) -> None:
    answered(house)
    letter = house.letter("customer_reply")
    sent = house.as_sent(letter)
    assert (letter.envelope_from, letter.recipient, letter.kind) == (SUPPORT, CARLA.address, "human")
    assert sent["From"] == f"support <{SUPPORT}>" and sent["Auto-Submitted"] is None
    assert "Pull the plug." in house.bytes_of(letter).decode()
    assert house.case().status is Status.OPENED


def test_letters_to_a_csr_share_a_root_and_show_no_other_address(house: House) -> None:
    opened(house)
    house.take_in(mail(CARLA, f"[#{house.case().id}] More", "It still burns."))
    first, second = (house.as_sent(one) for one in house.letters("csr_case"))
    assert str(first["References"]).split()[0] == str(second["References"]).split()[0]
    for sent in (first, second):
        heads = " ".join(str(sent[name]) for name in ("From", "To", "Cc", "Reply-To", "Sender"))
        assert CARLA.address not in heads and SUPPORT in heads


def test_a_customers_next_mail_is_appended_and_reopens(house: House) -> None:
    answered(house, "#close\n\nIt is mended.")
    assert house.case().status is Status.CLOSED
    (row,) = house.take_in(reply(house.letter("customer_reply"), CARLA, "It burns again."))
    assert row.outcome == "appended" and house.case().status is Status.REOPENED
    assert [one.csr for one in house.letters("csr_case")] == [ANN.key, ANN.key]


def test_a_note_is_kept_and_sent_to_nobody(house: House) -> None:
    opened(house)
    (row,) = house.take_in(reply(house.letter("csr_case"), ANN.address, "#note\nNever pays."))
    assert row.outcome == "noted"
    assert not house.letters("customer_reply")
    assert any(one.kind is EntryKind.NOTE and "Never pays." in one.words.text for one in house.entries())


def test_an_unproven_answer_is_held_and_the_csr_asked(house: House) -> None:
    opened(house)
    (row,) = house.take_in(mail(ANN.address, f"Re: [#{house.case().id}] x", "Pay to this account."))
    assert row.outcome == "held" and not house.letters("customer_reply")
    assert house.letter("hold_notice").recipient == ANN.email
    (row,) = house.take_in(reply(house.letter("hold_notice"), ANN.address, "#send"))
    assert row.outcome == "released" and len(house.letters("customer_reply")) == 1


def test_an_impossible_command_is_refused_with_help(house: House) -> None:
    opened(house)
    (row,) = house.take_in(reply(house.letter("csr_case"), ANN.address, "#clsoe\n\nBye."))
    assert row.outcome == "refused" and not house.letters("customer_reply")
    assert "#close" in house.bytes_of(house.letter("csr_receipt")).decode()


def test_a_blacklisted_mail_is_rejected_and_leaves_the_server(house: House) -> None:
    house.in_store(lambda: blacklist.add(MALLORY.address, "", "ann", house.clock()))
    (row,) = house.take_in(mail(MALLORY))
    assert (row.outcome, row.server_state) == ("rejected", "todo")
    assert not house.cases() and not house.letters()


def test_a_blacklisted_sender_below_a_heap_of_headers_is_rejected(house: House) -> None:
    house.in_store(lambda: blacklist.add(MALLORY.address, "", "ann", house.clock()))
    heap = "".join(f"X-Heap-{number}: {'y' * 900}\n" for number in range(80))
    (row,) = house.take_in(heap.encode() + mail(MALLORY))
    assert row.outcome == "rejected" and not house.cases()


def test_a_rejected_mail_leaves_the_server_even_where_mails_are_kept(house: House) -> None:
    house.in_store(lambda: blacklist.add(MALLORY.address, "", "ann", house.clock()))
    id = house.arrive(mail(MALLORY), server="keep")
    house.receive()
    assert house.inbox(id).server_state == "todo"


def test_a_second_copy_of_a_rejected_mail_is_as_unwanted_as_the_first(house: House) -> None:
    house.in_store(lambda: blacklist.add(MALLORY.address, "", "ann", house.clock()))
    raw = mail(MALLORY)
    first, second = house.take_in(raw, raw)
    assert (second.outcome, second.server_state) == ("rejected", "todo")
    assert f"row {first.id}" in second.reason


def test_our_own_letter_that_comes_back_does_nothing(house: House) -> None:
    house.take_in(mail())
    (row,) = house.take_in(house.bytes_of(house.letter("auto_reply")))
    assert row.outcome == "loop" and len(house.cases()) == 1 and len(house.letters()) == 1


def test_the_same_mail_twice_is_one_case(each_house: House) -> None:
    raw = mail()
    one, two = each_house.take_in(raw, raw)
    assert (one.outcome, two.outcome) == ("opened", "duplicate")
    assert len(each_house.letters()) == 1 and str(one.id) in two.reason


def test_the_same_mail_without_a_message_id_is_still_the_same(house: House) -> None:
    raw = b"\n".join(line for line in mail().split(b"\n") if not line.startswith(b"Message-ID"))
    assert [one.outcome for one in house.take_in(raw, raw)] == ["opened", "duplicate"]


def test_one_message_id_with_two_contents_is_two_mails(house: House) -> None:
    one, two = (
        mail(text="Parcel one", message_id="<same@dhl.example>"),
        mail(text="Two", message_id="<same@dhl.example>"),
    )
    assert [row.outcome for row in house.take_in(one, two)] == ["opened", "opened"]


def test_imported_history_is_a_closed_case_and_tells_nobody(house: House) -> None:
    id = house.arrive(mail(), is_silent=True)
    house.receive()
    assert house.inbox(id).outcome == "imported"
    assert house.case().status is Status.CLOSED and house.case().channel == "import"
    assert not house.letters()


def test_a_mail_above_max_size_is_a_case_with_its_head(house: House) -> None:
    house.with_config(config(service(max_size=300_000)))
    raw = mail(text="It is long. " * 40_000)
    (row,) = house.take_in(raw)
    assert row.outcome == "opened" and len(raw) > 300_000
    text = house.entries()[0].words.text
    assert "It is long." in text and len(text) < 300_000


def test_files_are_stored_before_the_case_names_them(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    were_there: list[bool] = []
    add = entries.add_counted

    def watched(case: Case, new: list[Entry]) -> list[Entry]:
        were_there.extend(blobs.exists(file.sha256) for one in new for file in one.words.files)
        return add(case, new)

    monkeypatch.setattr(entries, "add_counted", watched)
    with_file = (
        b"From: carla@customer.example\nTo: support@example.com\nSubject: Photo\nMessage-ID: <p@mail.example>\n"
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee it.\n"
        b"--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\nPDF!\n--b--\n"
    )
    house.take_in(with_file)
    assert were_there == [True] and [one.name for one in house.entries()[0].words.files] == ["a.pdf"]


def test_a_csrs_out_of_office_makes_them_away_and_goes_to_nobody(house: House) -> None:
    opened(house)
    away = reply(house.letter("csr_case"), ANN.address, "I am away.", auto_submitted="auto-replied")
    away = away.replace(b"Subject: Re: your mail", b"Subject: Automatic reply: your mail")
    (row,) = house.take_in(away)
    assert row.outcome == "automatic" and not house.letters("customer_reply")
    assert house.in_store(people.away) == {("support", ANN.key)}


def test_the_out_of_office_of_a_csr_without_a_role_breaks_nothing(house: House) -> None:
    opened(house)
    letter = house.letter("csr_case")
    house.with_config(config(role=[{"name": "support", "members": [BO.email]}], service=(service(second_level=""),)))
    away = reply(letter, ANN.address, "I am away.", auto_submitted="auto-replied")
    (row,) = house.take_in(away.replace(b"Re: your mail", b"Automatic reply: your mail"))
    assert (row.state, row.outcome) == ("done", "automatic")


def test_nothing_private_reaches_a_customer(house: House) -> None:
    opened(house)
    to_ann = house.letter("csr_case")
    house.take_in(reply(to_ann, ANN.address, f"#note\n{CANARY} in a note"))
    house.take_in(reply(to_ann, ANN.address, f"#assign bo@example.com\n{CANARY} for Bo"))
    house.take_in(mail(ANN.address, f"Re: [#{house.case().id}] x", f"{CANARY} in a held reply"))
    house.take_in(mail(MALLORY, f"Re: [#{house.case().id}] x", f"{CANARY} of a stranger"))
    to_bo = house.letters("csr_case")[-1]
    house.take_in(reply(to_bo, BO.address, "Pull the plug.", Cc=str(DIRK)))
    house.take_in(reply(house.letters("customer_reply")[0], CARLA, "Thanks, and now?", Cc=str(DIRK)))
    house.take_in(reply(house.letters("csr_case")[-1], BO.address, "Buy a new one."))
    public = [one for one in house.letters() if not one.csr and one.recipient != MALLORY.address]
    assert {one.recipient for one in public} == {CARLA.address, DIRK.address}
    assert len([one for one in public if one.letter == "customer_reply"]) == 3
    for one in public:
        assert CANARY not in house.bytes_of(one).decode(), one.letter


def test_a_newcomer_sees_the_history_from_their_first_mail_on(house: House) -> None:
    answered(house, f"Only Carla should know {CANARY}.")
    house.take_in(reply(house.letters("customer_reply")[0], CARLA, "And now?", Cc=str(DIRK)))
    house.take_in(reply(house.letters("csr_case")[-1], ANN.address, "Wait a day."))
    to_dirk = next(one for one in house.letters("customer_reply") if one.recipient == DIRK.address)
    assert "Wait a day." in house.bytes_of(to_dirk).decode()
    assert CANARY not in house.bytes_of(to_dirk).decode()


def test_a_letter_that_cannot_be_written_becomes_an_event(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise Permanent("The template is broken.")

    monkeypatch.setattr("mailticket.writing.letter.render", fails)
    (row,) = house.take_in(mail())
    assert row.outcome == "opened" and not house.letters()
    assert "The template is broken." in house.entries()[-1].words.text
    assert [one.number for one in house.entries()] == list(range(1, house.case().entries + 1))


def test_customers_with_hostile_names_are_only_text(house: House) -> None:
    hostile = Address("{{ 7*7 }} <b>x", "evil@customer.example")
    raw = mail().replace(str(CARLA).encode(), b'"{{ 7*7 }} <b>x" <evil@customer.example>')
    house.take_in(raw)
    opened_by = house.case().customer.address
    assert opened_by == hostile
    assert "{{ 7*7 }}" in house.entries()[0].author.name and "49 <b>" not in house.bytes_of(house.letter()).decode()


def test_a_csr_who_answers_from_an_unknown_address_is_told_once_how_to_mend_it(house: House) -> None:
    house.take_in(mail(CARLA))
    assign(house.office)
    notice = house.letter("csr_case")
    elsewhere = Address("Ann at home", "ann@home.example")
    for text in ("First.", "Second."):
        house.take_in(reply(notice, elsewhere, text))
    receipts = [one for one in house.letters() if one.letter == "csr_receipt"]
    assert [one.csr for one in receipts] == [ANN.key]
    told = " ".join(house.bytes_of(receipts[0]).decode().split())
    assert "ann@home.example" in told and "aliases" in told
    assert not [one for one in house.letters() if one.letter == "customer_reply"]


def test_a_mail_about_another_service_s_case_is_decided_and_answered_as_that_service_does(house: House) -> None:
    """Whatever mailbox brings it: a CSR or a customer may write to the wrong one of our addresses."""
    sales = service(name="sales", address="sales@desk.example")
    house.with_config(config().model_copy(update={"service": (service(), sales)}))
    house.arrive(mail(subject="An offer, please"), service="sales", source="imap:sales/INBOX")
    house.receive()
    assert assign(house.office) == 1
    (row,) = house.take_in(reply(house.letter("csr_case"), ANN.address, "Here it is."))
    assert (row.service, row.outcome, house.case().service) == ("support", "answered", "sales")
    letter = house.letter("customer_reply")
    assert (letter.service, letter.envelope_from) == ("sales", "sales@desk.example")
    assert house.as_sent(letter)["From"] == "sales <sales@desk.example>"
