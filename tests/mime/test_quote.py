"""The new words of a reply: nothing of the writer is lost, nothing of ours comes back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailticket.domain.mail import CutMethod, ParentLetter, Reply
from mailticket.mime import quote
from mailticket.mime.cutting import talon_fallback
from tests.mime.client_formats import (
    CASE_LETTER,
    CLIENTS,
    CUSTOMER_LETTER,
    US,
    quoted,
    reply,
    rewrapped,
)
from tests.mime.growth import is_linear

ANSWER = "Dear Carla,\n\nplease do not print anything until our engineer calls you.\nShe rings on Thursday at 14:30."
CASE = (ParentLetter("<letter.1@example.com>", CASE_LETTER, US),)
CUSTOMER = (ParentLetter("<letter.2@example.com>", CUSTOMER_LETTER, US),)


def cut(text: str, parents: tuple[ParentLetter, ...] = (), *, csr: bool = False, subject: str = "Re: x") -> Reply:
    return quote.cut(text, "", subject, parents, csr)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_csr_reply_is_cut_at_the_marker(client: str) -> None:
    found = cut(reply(client, ANSWER, CASE_LETTER), CASE, csr=True)
    assert (found.text, found.method, found.sure) == (ANSWER, CutMethod.MARKER, True)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_marker_is_enough_where_the_letter_is_not_known(client: str) -> None:
    found = cut(reply(client, ANSWER, CASE_LETTER), csr=True)
    left = set(found.text.split()) - set(ANSWER.split())
    assert found.text.startswith(ANSWER) and found.sure
    assert not left & {"##-", "Carla.", "LX-200", "4711."}


@pytest.mark.parametrize("client", [name for name in CLIENTS if name != "proton"])
def test_a_customer_reply_is_cut_where_our_text_begins(client: str) -> None:
    found = cut(reply(client, ANSWER, CUSTOMER_LETTER), CUSTOMER)
    assert (found.text, found.method, found.sure) == (ANSWER, CutMethod.ANCHOR, True)


@pytest.mark.parametrize(
    "line",
    [
        "Please reply above this line",
        "-- Please reply above this line --",
        "> ##- Please reply above this line -##",
        ">> *– Please reply above this line –*",
        "\xa0\xa0Please\xa0reply above\xa0this line",
        "| **Please Reply Above This Line**",
        "##- Please reply above\nthis line -##",
        "> ##- Please reply\n> above this\n> line -##",
    ],
)
def test_the_marker_survives_what_clients_do_to_it(line: str) -> None:
    assert cut(f"Thanks, done.\n\n{line}\n> rest").text == "Thanks, done."


def test_a_sentence_about_the_marker_is_no_marker() -> None:
    text = 'The mail says "Please reply above this line" and I did, but nothing happens.'
    assert cut(text) == Reply(text, "", CutMethod.WHOLE, True)


@pytest.mark.parametrize("client", ["gmail en", "thunderbird de", "no attribution"])
def test_answers_between_quoted_lines_are_kept(client: str) -> None:
    before, between, after = CASE_LETTER.partition("Serial number 4711. What should we do about it before Friday?\n")
    text = reply(client, "See below.", before + between) + "Pull the plug, and wait for us.\n" + quoted(after)
    assert cut(text, CASE, csr=True).text == "See below.\n\nPull the plug, and wait for us."


def test_an_answer_below_the_quote_is_kept() -> None:
    attribution = "On 03/03/2026 10:02, Example Support wrote:"
    text = f"{attribution}\n{quoted(CUSTOMER_LETTER)}\n\nThe number is 12345.\nThanks, Carla\n"
    found = cut(text, CUSTOMER)
    assert (found.text, found.sure) == ("The number is 12345.\nThanks, Carla", True)


def test_an_answer_between_lines_that_outlook_does_not_mark_is_kept_if_the_letter_is_known() -> None:
    quote_with_answer = CUSTOMER_LETTER.replace("inside.\n", "inside.\nThat number reads 12345 and nothing else.\n")
    found = cut(reply("outlook en", "My answer stands below in red.", quote_with_answer), CUSTOMER)
    assert found.text == "My answer stands below in red.\n\nThat number reads 12345 and nothing else."


def test_a_link_of_ours_is_no_answer_though_its_label_differs() -> None:
    letter = CASE_LETTER + "Blacklist the address: https://desk.example.com/a/1\n"
    shown = CASE_LETTER + "Blacklist this address <https://desk.example.com/a/1>\n"
    parent = (ParentLetter("<letter.3@example.com>", letter, US),)
    assert cut(reply("outlook en", "Please wait.", shown), parent, csr=True).text == "Please wait."


def test_our_text_wrapped_anew_is_still_ours() -> None:
    text = f"Yes, it works.\n\nOn 3 March 2026 at 10:02 Example Support wrote:\n\n{rewrapped(CUSTOMER_LETTER)}\n"
    assert cut(text, CUSTOMER).text == "Yes, it works."


def test_a_signature_that_our_history_also_holds_begins_no_quote() -> None:
    signature = "Kind regards\nCarla Customer\nExample Bakery Ltd, 12 High Street, Phone +44 20 1234"
    answer = f"The label says 12345.\n\n{signature}"
    assert cut(reply("outlook en", answer, CUSTOMER_LETTER), CUSTOMER).text == answer
    assert cut(answer, CUSTOMER) == Reply(answer, "", CutMethod.WHOLE, True)


def test_details_that_look_like_a_header_block_are_kept() -> None:
    details = ("Name: Carla Customer", "Serial: 4711-22", "Date: 3 March 2026", "Mail: carla@customer.example")
    answer = "\n".join(("Here are my details:", "", *details))
    for client in ("gmail en", "outlook de", "outlook (unknown language)"):
        assert cut(reply(client, answer, CUSTOMER_LETTER), CUSTOMER).text == answer


def test_a_header_block_whose_lines_a_converter_set_apart_is_cut() -> None:
    text = reply("outlook fr", ANSWER, CUSTOMER_LETTER).replace("\n", "\n\n")
    assert cut(text, CUSTOMER).text == ANSWER.replace("\n", "\n\n")


def test_a_last_line_with_a_time_is_kept() -> None:
    answer = "I called on 2 March 2026.\nPlease call me back at 10:30:"
    for client in ("gmail en", "gmail en wrapped", "outlook fr"):
        assert cut(reply(client, answer, CUSTOMER_LETTER), CUSTOMER).text == answer


def test_a_line_before_the_attribution_without_a_blank_line_is_kept() -> None:
    text = f"I will, on Monday 9 March 2026\nOn 03/03/2026 10:02, Example Support wrote:\n{quoted(CUSTOMER_LETTER)}"
    assert cut(text, CUSTOMER).text == "I will, on Monday 9 March 2026"


def test_a_gateway_banner_above_the_marker_is_cut_with_the_header_block() -> None:
    banner = "CAUTION: This email originated from outside of the organization.\n\n"
    form = CLIENTS["outlook en"]
    text = ANSWER + form["between"] + banner + CASE_LETTER
    assert cut(text, CASE, csr=True).text == ANSWER


def test_a_legal_notice_below_the_quote_is_no_answer() -> None:
    notice = "This e-mail is confidential and intended only for the recipient. If you got it in error, delete it."
    assert cut(reply("gmail en", "Yes.", CUSTOMER_LETTER) + f"\n{notice}\n", CUSTOMER).text == "Yes."


def test_a_mailing_lists_footer_below_the_quote_is_no_answer() -> None:
    footer = "_______________\nusers mailing list\nusers@lists.example\nhttps://lists.example/mailman/listinfo/users"
    assert cut(reply("gmail en", "Yes.", CUSTOMER_LETTER) + f"\n{footer}\n", CUSTOMER).text == "Yes."


def test_a_header_block_whose_sender_is_wrapped_is_found_without_a_letter() -> None:
    block = "From: Human Resources\n<hr+1234@people.example>\nSent: Monday, 2 March 2026\nTo: Carla\nSubject: Work"
    found = cut(f"I will come.\n\n{block}\n\nWill you come?")
    assert (found.text, found.method, found.sure) == ("I will come.", CutMethod.ANCHOR, False)


def test_answers_longer_than_our_letter_are_never_dropped_unsaid() -> None:
    story = "".join(f"I tried that, and number {n} of the steps did something quite different.\n" for n in range(40))
    told = CUSTOMER_LETTER.replace("lid.\n", f"lid.\n{story}")
    for client in CLIENTS:
        found = cut(reply(client, "See below.", told), CUSTOMER)
        assert not found.sure or story.strip() in found.text
    before, line, after = CUSTOMER_LETTER.partition("lid.\n")
    text = reply("gmail en", "See below.", before + line) + story + quoted(after)
    assert cut(text, CUSTOMER) == Reply(f"See below.\n\n{story.strip()}", "", CutMethod.ANCHOR, True)


def test_an_answer_typed_among_lines_that_are_marked_is_kept_if_the_letter_is_known() -> None:
    text = reply("gmail en", "See below.", CUSTOMER_LETTER.replace("inside.\n", "inside.\nThat one reads 12345.\n"))
    assert cut(text, CUSTOMER).text == "See below.\n\nThat one reads 12345."


def test_a_colleagues_mail_in_between_is_never_sent_on() -> None:
    asked = "He pays nobody, let him wait." + CLIENTS["outlook en"]["between"] + CASE_LETTER
    for client in ("outlook en", "outlook de", "gmail en", "apple de"):
        found = cut(reply(client, ANSWER, asked), CASE, csr=True)
        assert not found.sure or found.text == ANSWER


@pytest.mark.parametrize(
    "subject", ["Fwd: x", "FW: x", "WG: x", "TR: x", "[EXTERNAL] Fwd: x", "RV: x", "转发：x", "I: x"]
)
def test_a_forward_is_never_cut(subject: str) -> None:
    text = reply("outlook en", "Look at this.", CASE_LETTER)
    assert cut(text, CASE, subject=subject) == Reply(text, "", CutMethod.WHOLE, True)
    assert cut(text, CASE, csr=True, subject=subject) == Reply(text, "", CutMethod.WHOLE, False)


@pytest.mark.parametrize("subject", ["AW: WG: x", "Re: Fwd: x", "Invoice: x", "Wgetting help", "VS: x"])
def test_an_answer_to_a_forward_is_cut(subject: str) -> None:
    assert cut(reply("outlook en", "Done.", CASE_LETTER), CASE, subject=subject).text == "Done."


@pytest.mark.parametrize(
    "title",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Message transféré ----------",
        "---------- Mensaje reenviado ----------",
        "Anfang der weitergeleiteten Nachricht:",
    ],
)
def test_a_forwarded_block_is_never_cut_whatever_the_subject(title: str) -> None:
    text = (
        f"Please handle this.\n\n{title}\nFrom: Dirk <dirk@x.example>\nDate: 3 March 2026\nTo: ann\n\nMy order is lost."
    )
    assert cut(text).text == text
    assert cut(f"See:\n\n{title}\n\n{CASE_LETTER}", CASE, csr=True).method is CutMethod.WHOLE


def test_a_reply_without_words_stays_whole_and_is_not_sure() -> None:
    text = reply("gmail en", "", CASE_LETTER)
    assert cut(text, CASE, csr=True) == Reply(text, "", CutMethod.WHOLE, False)


@pytest.mark.parametrize("answer", ["👍", "OK", "好的", "?"])
def test_a_tiny_answer_is_an_answer(answer: str) -> None:
    assert cut(reply("gmail en", answer, CASE_LETTER), CASE, csr=True).text == answer


@pytest.mark.parametrize("text", ["Hello,\n\nmy printer is on fire!\n\n-- \nCarla\n", "", "One line.", "a\r\nb"])
def test_a_mail_that_quotes_nothing_is_whole_unchanged_and_sure(text: str) -> None:
    assert cut(text) == Reply(text, "", CutMethod.WHOLE, True)


def test_a_quote_of_somebody_else_is_a_guess_that_is_not_sure() -> None:
    found = cut("I agree.\n\nOn 3 March 2026 at 10:02 Bob <bob@x.example> wrote:\n> Let us buy it.\n")
    assert (found.text, found.sure) == ("I agree.", False)


def test_a_guess_without_evidence_is_refused_if_we_know_what_we_sent() -> None:
    text = "I agree.\n\nOn 3 March 2026 at 10:02 Bob <bob@x.example> wrote:\nLet us buy it.\n"
    assert cut(text, CUSTOMER) == Reply(text, "", CutMethod.WHOLE, False)


def test_without_talon_a_bare_quote_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talon_fallback, "_quotations", lambda: None)
    text = "I agree.\n\n> Let us buy it.\n> All of it.\n"
    assert cut(text) == Reply(text, "", CutMethod.WHOLE, False)


def test_talon_is_kept_away_from_what_it_cannot_read() -> None:
    assert talon_fallback.new_words("line\n" * 1_200) is None
    assert talon_fallback.new_words("-" * 100_000) is None


@pytest.mark.parametrize(
    "signature",
    ["-- \nAnn Agent\nExample Support", "--\xa0\nAnn", "Sent from my iPhone", "Von meinem iPhone gesendet",
     "Envoyé de mon iPhone",
     "-- \nAnn\n\nSent from my iPad", "iPhoneから送信"],
)  # fmt: skip
def test_a_csr_signature_is_cut_and_a_customer_one_stays(signature: str) -> None:
    text = reply("gmail en", f"Please wait.\n\n{signature}", CASE_LETTER)
    assert cut(text, CASE, csr=True).text == "Please wait."
    assert cut(text, CASE).text == f"Please wait.\n\n{signature}"


@pytest.mark.parametrize("tail", [">:", "> wrote:", ">) skrev:"])
def test_an_attribution_whose_bracket_was_wrapped_away_is_cut(tail: str) -> None:
    announced = f"On 3 Mar 2026 at 10:02 Example Support <support@example.com\n{tail}"
    text = f"Please wait.\n\n{announced}\n\n{quoted(CUSTOMER_LETTER)}"
    assert cut(text, CUSTOMER).text == "Please wait."


@pytest.mark.parametrize(
    "text",
    ["Three steps:\n\n- stop\n- wait\n- start", "Use the switch --\nit is red.", "-- \nAnn Agent", "Best regards\nAnn",
     "The list:\n--\nfirst\n" + "line\n" * 12 + "last", "It left us.\n\nGesendet mit DHL am 3. März.",
     "Done.\n\nSent from our warehouse on Monday", "Get the manual from our web site."],
)  # fmt: skip
def test_what_only_looks_like_a_signature_stays(text: str) -> None:
    assert cut(text, csr=True).text == text


HOSTILE = (
    *("> ", "-", "On word ", "On 1.1.2026 at 10:00 <a@b.c> x\n", "From: x@y.z\n", ">\n", ">", " ", "_", "a", "\n"),
    *("wrote:\n", "Please reply above\n", "https://", "[image: ", "[EXTERNAL] ", "a: b\n\n", "sent from my ", "<div>"),
    *("> a b c\nword\n", "printer ", "Hello, our printer of the type LX-200\n", "Serial\n", "confidential ", "x@"),
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    def work(text: str) -> None:
        quote.cut(text, f"<div>{text}</div>", text[:3_000], CASE, True)
        quote.cut(text, "", "Re: x", (), True)
        quote.cut(text, "", "Re: x", (), False)
        quote.cut(CASE_LETTER + text, "", "Re: x", CASE, True)
        quote.cut(f"Hi {text}{CASE_LETTER}", f"<p>Hi {text}{CASE_LETTER}", "Re: x", CASE, True)

    assert is_linear(work, piece)


def test_a_text_too_large_to_cut_stays_whole() -> None:
    text = reply("gmail en", ANSWER, CASE_LETTER) + "> more\n" * 60_000
    assert cut(text, CASE) == Reply(text, "", CutMethod.WHOLE, False)


_PIECES = st.sampled_from(
    [CASE_LETTER, quoted(CUSTOMER_LETTER), *(form["between"] for form in CLIENTS.values()), "\x00\ud800"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=60)), max_size=6), st.text(max_size=80), st.booleans())
def test_nothing_raises_and_no_cut_is_empty(pieces: list[str], html: str, csr: bool) -> None:
    text = "\n".join(pieces)
    found = quote.cut(text, html, pieces[0] if pieces else "", CASE + CUSTOMER, csr)
    assert bool(found.text.strip()) == bool(text.strip()) or found.method is CutMethod.WHOLE
