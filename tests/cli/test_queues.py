"""`mailticket inbox` and `outbox`: what is stuck is seen, and freed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.domain.case import Channel
from mailticket.domain.decision import SendKind
from mailticket.mime.compose import Skeleton, freeze
from mailticket.store import entries, inbox, inbox_claims, inbox_ends, outbox, outbox_claims, outbox_ends
from mailticket.store.files import blobs
from mailticket.store.operation import accounts
from mailticket.store.tables.mail_tables import Outbox
from tests.cli.desk import AT, Desk

RAW = b"From: carla@customer.example\r\nSubject: Help\r\n\r\nIt burns.\r\n"


def take_in(desk: Desk, *, shunted: bool) -> int:
    """A mail in the inbox."""
    with desk.store():
        arrival = inbox.Arrival("test", "1", "support", Channel.MAIL, blobs.put(RAW), len(RAW), AT)
        [number] = inbox.take([arrival], AT)
        assert number
        if shunted:
            inbox_ends.shunt(number, "KeyError: \x1b[31m", "Traceback ...\n  KeyError", AT)
    return number


def post(desk: Desk, *, failed: bool) -> int:
    """A letter in the outbox."""
    headers = (("From", "support@example.com"), ("To", "carla@customer.example"), ("Subject", "Re: Help"))
    skeleton = freeze(Skeleton((*headers, ("Message-ID", "<1@example.com>")), "Use water.\n", "", (), "boundary"))
    with desk.store():
        letter = outbox.NewLetter(
            idem_key="1",
            kind=SendKind.HUMAN,
            letter="customer_reply",
            service="support",
            case=0,
            entry=0,
            message_id="<1@example.com>",
            envelope_from="support@example.com",
            recipient="carla@customer.example",
            csr="",
            skeleton=skeleton,
            files=(),
            not_before=AT,
            reason="Ann answered",
        )
        number = outbox.post(letter, AT)
        assert number
        if failed:
            outbox_claims.claim("support", "me", AT)
            outbox_ends.failed(number, "me", "550 no such user", AT)
    return number


def test_the_inbox_is_listed_by_state(desk: Desk) -> None:
    number = take_in(desk, shunted=True)
    [row] = desk.json("inbox", "list", "--state", "shunted")
    assert (row["id"], row["state"], row["service"], row["received_at"]) == (
        number,
        "shunted",
        "support",
        "2026-11-20T09:12:00Z",
    )
    assert desk.json("inbox", "list", "--state", "new") == []
    assert "KeyError: \\x1b[31m" in desk.run("inbox", "list").stdout


def test_a_mail_that_was_set_aside_shows_its_traceback(desk: Desk) -> None:
    number = take_in(desk, shunted=True)
    shown = desk.run("inbox", "show", str(number)).stdout
    assert "traceback\n    Traceback ...\n      KeyError\n" in shown
    assert desk.json("inbox", "show", str(number))["traceback"] == "Traceback ...\n  KeyError"


def test_the_mail_itself_is_printed_byte_for_byte(desk: Desk) -> None:
    number = take_in(desk, shunted=False)
    assert desk.run("inbox", "show", str(number), "--raw").stdout_bytes == RAW


def test_a_mail_that_was_set_aside_is_tried_again(desk: Desk) -> None:
    number = take_in(desk, shunted=True)
    assert desk.run("inbox", "retry", str(number)).stdout == "The daemon tries it again at once.\n"
    assert [row["state"] for row in desk.json("inbox", "list")] == ["new"]


def test_of_several_retries_all_happen_or_none(desk: Desk) -> None:
    number = take_in(desk, shunted=True)
    result = desk.run("inbox", "retry", str(number), "4711")
    assert result.exit_code == 1
    assert "4711" in result.stderr
    assert [row["state"] for row in desk.json("inbox", "list")] == ["shunted"]


def test_a_mail_that_is_not_set_aside_is_not_tried_again(desk: Desk) -> None:
    result = desk.run("inbox", "retry", str(take_in(desk, shunted=False)))
    assert result.exit_code == 1
    assert "is not shunted" in result.stderr


def test_the_outbox_is_listed_without_the_letters_themselves(desk: Desk) -> None:
    number = post(desk, failed=True)
    [row] = desk.json("outbox", "list", "--state", "failed")
    assert (row["id"], row["error"], row["recipient"]) == (number, "550 no such user", "carla@customer.example")
    assert "skeleton" not in row


def test_a_letter_is_shown_with_its_words_and_the_servers(desk: Desk) -> None:
    number = post(desk, failed=True)
    shown = desk.json("outbox", "show", str(number))
    assert (shown["subject"], shown["text"], shown["reason"]) == ("Re: Help", "Use water.\n", "Ann answered")
    assert "550 no such user" in desk.run("outbox", "show", str(number)).stdout


def test_the_letter_itself_is_printed_as_it_is_sent(desk: Desk) -> None:
    raw = desk.run("outbox", "show", str(post(desk, failed=False)), "--raw").stdout_bytes
    assert b"Message-ID: <1@example.com>\r\n" in raw
    assert raw.endswith(b"Use water.\r\n")


def test_a_failed_letter_is_sent_again(desk: Desk) -> None:
    number = post(desk, failed=True)
    assert desk.run("outbox", "retry", str(number)).stdout == "The daemon sends it at once.\n"
    assert [row["state"] for row in desk.json("outbox", "list")] == ["queued"]


def test_what_does_not_exist_says_where_to_look(desk: Desk) -> None:
    for box in ("inbox", "outbox"):
        result = desk.run(box, "show", "4711")
        assert result.exit_code == 1
        assert f"See `mailticket {box} list`." in result.stderr


def test_a_discarded_mail_is_put_away_with_who_and_why_and_can_be_taken_up_again(desk: Desk) -> None:
    number = take_in(desk, shunted=True)
    assert desk.json("inbox", "discard", str(number), "--why", "spam of a robot", "--yes") == [{"id": number}]
    shown = desk.json("inbox", "show", str(number))
    assert (shown["state"], shown["outcome"]) == ("discarded", "discarded")
    assert "spam of a robot" in shown["reason"] and "discard by admin" in shown["acts"][0]
    assert desk.run("inbox", "show", str(number), "--raw").stdout_bytes == RAW
    desk.json("inbox", "retry", str(number))
    assert desk.json("inbox", "list", "--state", "new")[0]["outcome"] == ""


def test_a_cancelled_letter_is_never_sent_and_its_case_says_so(desk: Desk) -> None:
    case = desk.open_case()
    number = post(desk, failed=False)
    with desk.store():
        Outbox.update(case=case.key).execute()
    assert "1 cancelled" in desk.run("outbox", "cancel", str(number), "--yes", "--why", "sent by hand").stdout
    with desk.store():
        assert outbox_claims.claim("support", "me", AT) == []
        words = entries.entries(case.key)[0].words.text
    assert "customer_reply to carla@customer.example was cancelled by admin" in words and "sent by hand" in words
    assert "cancel by admin" in desk.json("outbox", "show", str(number))["acts"][0]


def test_nothing_is_put_away_unasked(desk: Desk) -> None:
    number = take_in(desk, shunted=True)
    result = desk.run("inbox", "discard", str(number))
    assert result.exit_code == 2 and "--yes" in result.output
    assert desk.json("inbox", "list")[0]["state"] == "shunted"


def test_what_somebody_has_in_hand_is_not_touched(desk: Desk) -> None:
    letter, mail = post(desk, failed=False), take_in(desk, shunted=False)
    with desk.store():
        outbox_claims.claim("support", "me", AT)
        inbox_claims.claim(AT, "me")
    refused = desk.run("outbox", "cancel", str(letter), "--yes"), desk.run("inbox", "discard", str(mail), "--yes")
    assert [one.exit_code for one in refused] == [1, 1]
    assert "is sending" in refused[0].output and "being handled at this moment" in refused[1].output
    assert desk.json("outbox", "show", str(letter))["acts"] == desk.json("inbox", "show", str(mail))["acts"] == []


def test_all_of_them_or_none(desk: Desk) -> None:
    number = take_in(desk, shunted=True)
    assert desk.run("inbox", "discard", str(number), "99", "--yes").exit_code == 1
    assert desk.json("inbox", "list")[0]["state"] == "shunted"


@pytest.mark.parametrize("box", ["inbox", "outbox", "webhook"])
@pytest.mark.parametrize("words", [("show", "{}"), ("retry", "1", "{}"), ("list", "--limit", "{}")], ids=" ".join)
def test_a_number_that_no_database_takes_is_a_mistake_of_typing(desk: Desk, box: str, words: tuple[str, ...]) -> None:
    result = desk.run(box, *(one.format(2**63) for one in words))
    assert result.exit_code == 2 and f"{2**63} is too large a number" in result.stderr
    asked = desk.run(box, *(one.format(2**63 - 1) for one in words))
    assert isinstance(asked.exception, SystemExit | None), asked.exception


def test_why_an_account_rests_stands_above_the_letters_and_upsets_no_terminal(desk: Desk) -> None:
    with desk.store():
        accounts.pause("support at relay", "454 slow\x1b[2Jdown", [timedelta(hours=1)], AT)
    told = desk.run("outbox", "list").stderr
    assert "support at relay rests until" in told and "454 slow\\x1b[2Jdown" in told
