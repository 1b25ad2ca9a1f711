"""The people's mail programs: what they send, and what they show of what they got."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from mailticket.demo.cast import ANN, BO, CARLA, DIRK, EMI, PEOPLE, SUPPORT, Person, scenes
from mailticket.demo.mail import File, Mail, read, shown
from mailticket.demo.mailbox import Mailbox
from mailticket.demo.servers import MailServers
from mailticket.demo.writing import Draft, Writer, reply_subject, write
from mailticket.domain.address import Address
from mailticket.errors import Refused, Temporary

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PICTURE = File("tank.png", "image/png", b"\x89PNG...", cid="tank@x")
MailboxOf = Callable[[Person], Mailbox]


def written(person: Person, draft: Draft, original: Mail | None = None) -> Mail:
    raw = write(Writer(person.address, person.program), draft, original, "<new@x>", NOON)
    return read(raw, "INBOX-1", "INBOX", False)


def letter(html: str = "", files: tuple[File, ...] = ()) -> Mail:
    return written(EMI, Draft((SUPPORT,), "Tank", "It is cracked.", html=html, files=files))


def test_what_one_person_sends_the_other_reads(mailbox_of: MailboxOf) -> None:
    mailbox_of(DIRK).send(Draft((CARLA.address,), "Grüße", "Hello Carla,\n\nhow are you?", cc=(EMI.address,)))
    (mail,) = mailbox_of(CARLA).mails()
    assert (mail.sender, mail.subject, mail.cc) == (DIRK.address, "Grüße", (EMI.address,))
    assert mail.text.strip() == "Hello Carla,\n\nhow are you?"
    assert not mail.is_seen


def test_a_sent_mail_lies_in_the_senders_sent_folder(mailbox_of: MailboxOf) -> None:
    dirk = mailbox_of(DIRK)
    message_id = dirk.send(Draft((CARLA.address,), "x", "y"))
    assert [(mail.folder, mail.message_id, mail.is_seen) for mail in dirk.mails()] == [("Sent", message_id, True)]


def test_a_mail_that_was_seen_stays_seen(mailbox_of: MailboxOf) -> None:
    mailbox_of(DIRK).send(Draft((CARLA.address,), "x", "y"))
    carla = mailbox_of(CARLA)
    carla.see(carla.mails()[0].id)
    assert carla.mails()[0].is_seen
    assert mailbox_of(CARLA).mails()[0].is_seen


def test_a_mail_with_one_refused_recipient_goes_to_nobody(mailbox_of: MailboxOf) -> None:
    with pytest.raises(Refused, match="nobody of that name"):
        mailbox_of(DIRK).send(Draft((CARLA.address, Address("", "who@example.com")), "x", "y"))
    assert mailbox_of(CARLA).mails() == mailbox_of(DIRK).mails() == []


def test_a_mailbox_signs_in_anew_when_it_had_signed_out(mailbox_of: MailboxOf) -> None:
    carla = mailbox_of(CARLA)
    carla.mails()
    carla.close()
    assert carla.mails() == []


def test_a_mailbox_whose_server_is_gone_says_so(servers: MailServers, mailbox_of: MailboxOf) -> None:
    carla = mailbox_of(CARLA)
    carla.mails()
    servers.stop()
    with pytest.raises(Temporary, match="Carla Costa"):
        carla.mails()


@pytest.mark.parametrize(
    ("person", "subject", "opening"),
    [
        (ANN, "RE: Tank", "From: Emi Endo <emi@customers.example>\nSent: "),
        (CARLA, "Re: Tank", "Emi Endo <emi@customers.example> wrote:\n\n> It is cracked."),
        (DIRK, "Re: Tank", "Emi Endo <emi@customers.example> wrote:\n\n> It is cracked."),
    ],
)
def test_each_program_quotes_in_its_own_way(person: Person, subject: str, opening: str) -> None:
    assert reply_subject(person.program, "Tank") == subject
    answer = written(person, Draft((EMI.address,), subject, "Sorry!"), letter())
    assert answer.text.startswith("Sorry!\n\n")
    assert opening in answer.text
    assert answer.html.index("Sorry!") < answer.html.index("It is cracked.")


def test_an_answer_names_the_mail_that_it_answers() -> None:
    original = letter()
    raw = write(Writer(BO.address, BO.program), Draft((EMI.address,), "RE: Tank", "x"), original, "<new@x>", NOON)
    message = message_from_bytes(raw)
    assert (message["In-Reply-To"], message["References"]) == (original.message_id, original.message_id)


def test_a_quoted_picture_goes_along_with_the_answer() -> None:
    original = letter('<p>See <img src="cid:tank@x"></p>', (PICTURE,))
    answer = written(ANN, Draft((EMI.address,), "RE: Tank", "Sorry!"), original)
    assert [one.name for one in answer.files] == ["tank.png"]
    assert answer.attached == ()


def test_an_attached_file_does_not_go_back_with_the_answer() -> None:
    original = letter(files=(File("note.pdf", "application/pdf", b"%PDF"),))
    assert [one.name for one in original.attached] == ["note.pdf"]
    assert written(ANN, Draft((EMI.address,), "RE: Tank", "Sorry!"), original).files == ()


def test_a_shown_mail_carries_its_pictures_within_itself() -> None:
    assert "data:image/png;base64," in shown(letter('<img src="cid:tank@x">', (PICTURE,)))


def test_a_plain_mail_is_shown_with_its_marks_escaped_and_its_links_live() -> None:
    raw = b"From: a@b.example\r\nSubject: x\r\n\r\n<script>1</script> https://example.com/a?b=1\r\n"
    page = shown(read(raw, "INBOX-1", "INBOX", False))
    assert "&lt;script&gt;" in page
    assert '<a href="https://example.com/a?b=1"' in page


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: =?no-such-charset?Q?x?=\r\nDate: yesterday\r\nContent-Type: text/plain; charset=nope\r\n\r\n\xff",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n\r\n--x--",
    ],
)
def test_a_broken_mail_is_shown_as_it_stands(raw: bytes) -> None:
    assert "<!doctype html>" in shown(read(raw, "INBOX-1", "INBOX", False))


def test_the_customers_write_about_different_matters_one_with_a_picture_and_a_file() -> None:
    plays = scenes()
    assert len({one.draft.subject for one in plays}) == len(plays)
    mail = next(written(one.who, one.draft) for one in plays if one.draft.files)
    assert [one.type for one in mail.files] == ["image/png", "application/pdf"]
    assert [one.type for one in mail.attached] == ["application/pdf"]


def test_everybody_has_a_key_and_an_address_of_their_own() -> None:
    assert len({one.key for one in PEOPLE}) == len({one.address.key for one in PEOPLE}) == len(PEOPLE)
