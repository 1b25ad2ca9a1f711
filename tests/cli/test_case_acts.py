"""`mailticket case new|reply|note|assign|status|change|merge|split|delete`: typed, and carried out as by mail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mailticket.store import cases, outbox
from mailticket.store.by_hand import acts
from mailticket.store.files import blobs
from tests.cli.desk import CONFIG, Desk

ANN = ("--as", "ann@example.com")
SOME_CASE = "7F3K-9QX6"
FIELDS = """
[[field]]
name = "serial"
types = ["repair"]
required = true
[[field]]
name = "price"
kind = "number"
[[field]]
name = "bought"
kind = "date"
[[field]]
name = "colour"
kind = "choice"
choices = ["red", "blue"]
[[field]]
name = "insured"
kind = "checkbox"
visible = "csr"
[[field]]
name = "tier"
kind = "choice"
choices = ["gold", "tin"]
types = ["customer"]
"""


@pytest.fixture
def fields(desk: Desk) -> Desk:
    desk.config.write_text(CONFIG + FIELDS, "utf-8")
    return desk


def new(desk: Desk, *more: str, text: str = "It burns.\nHelp!") -> str:
    """A case of Carla's, opened by telephone; its ID."""
    customer = ("--customer", "Carla Customer <carla@customer.example>")
    return str(desk.json("case", "new", text, *customer, *more)["id"])


def shown(desk: Desk, case: str) -> Any:
    return desk.json("case", "show", case)


def letters(desk: Desk) -> list[tuple[str, str]]:
    with desk.store():
        return [(one.letter, one.recipient) for one in outbox.list_items()][::-1]


def refused(desk: Desk, *words: str, code: int = 1) -> str:
    """What is said on stderr; nothing on stdout."""
    result = desk.run(*words)
    assert result.exit_code == code, result.output
    assert not result.stdout
    return result.stderr


# ---------------------------------------------------------------------------------------------------------------- new


def test_new_opens_a_case_in_the_customers_name_and_acknowledges_it(desk: Desk) -> None:
    case = shown(desk, new(desk, "--subject", "Printer", "--priority", "high", "--tag", "hot"))
    assert (case["subject"], case["channel"], case["status"]) == ("Printer", "console", "new")
    assert (case["priority"], case["tags"]) == ("high", ["hot"])
    assert case["customer"] == {"name": "Carla Customer", "address": "carla@customer.example"}
    assert [(one["kind"], one["author"]["address"]) for one in case["entries"]] == [
        ("customer_mail", "carla@customer.example")
    ]
    assert letters(desk) == [("auto_reply", "carla@customer.example")]


def test_new_keeps_who_typed_it_and_by_what_door(desk: Desk) -> None:
    case = shown(desk, new(desk))
    assert case["events"][0]["text"].startswith("admin ") and case["events"][0]["door"] == "command line"
    by_ann = shown(desk, new(desk, *ANN))["events"][0]
    assert by_ann["text"].startswith("Ann Archer opened it") and by_ann["door"].startswith("command line, admin ")


def test_new_takes_text_from_stdin_and_files(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "fire.txt").write_text("flames")
    words = ("case", "new", "-", "--customer", "carla@customer.example", "--file", str(tmp_path / "fire.txt"), "--json")
    assert desk.run(*words, stdin=b"A fire\nin the printer").exit_code == 0
    [case] = desk.json("case", "list")
    file = shown(desk, case["id"])["files"][0]
    assert (case["subject"], file["name"], file["size"]) == ("A fire", "fire.txt", 6)
    with desk.store():
        assert blobs.get(file["sha256"]) == b"flames"


def test_who_has_only_a_telephone_gets_a_case_and_no_mail(desk: Desk) -> None:
    result = desk.json("case", "new", "Call me", "--phone", "+49 30 1234", "--name", "Dora")
    assert shown(desk, result["id"])["customer"] == {"name": "Dora", "address": "49301234@phone.invalid"}
    assert letters(desk) == []
    assert "no mail address" in refused(desk, "case", "reply", result["id"], "Hello", *ANN)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("case", "new", "x"), 2, "--customer ADDRESS, or --phone"),
        (("case", "new", "", "--customer", "c@x.example"), 1, "There is no text"),
        (("case", "new", "x", "--customer", "ann@example.com"), 1, "one of our own addresses"),
        (("case", "new", "x", "--customer", "c@x.example", "--service", "sales"), 2, "there is no service sales"),
        (("case", "new", "x", "--customer", "c@x.example", "--as", "Ann Acher"), 1, 'Did you mean "Ann Archer"?'),
        (("case", "new", "x", "--customer", "K-17"), 1, "No customer has the number K-17"),
        (("case", "new", "x", "--customer", "c@x.example", "--priority", "hi"), 2, 'did you mean "high"?'),
    ],
)
def test_a_case_that_cannot_be_opened_says_why(desk: Desk, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in refused(desk, *words, code=code)
    assert desk.json("case", "list") == []


# ------------------------------------------------------------------------------------------------- reply, note, assign


def test_reply_sends_as_the_csr(desk: Desk) -> None:
    case = new(desk)
    assert desk.json("case", "reply", case, "Pull the plug.", *ANN)["outcome"] == "answered"
    assert letters(desk)[-1] == ("customer_reply", "carla@customer.example")
    after = shown(desk, case)
    assert (after["status"], after["csr"]) == ("opened", "ann@example.com")
    assert after["entries"][-1]["author"]["name"] == "Ann Archer"


def test_a_reply_is_held_as_by_mail_and_sent_or_dropped_afterwards(desk: Desk) -> None:
    case = new(desk)
    held = desk.run("case", "reply", case, "Your card 4111 1111 1111 1111.", *ANN)
    assert held.exit_code == 1 and "Held, not sent" in held.stderr
    assert ("customer_reply", "carla@customer.example") not in letters(desk)
    assert desk.json("case", "reply", case, "--send", *ANN)["outcome"] == "released"
    assert ("customer_reply", "carla@customer.example") in letters(desk)
    assert "No answer is held" in refused(desk, "case", "reply", case, "--drop", *ANN)


def test_a_reply_needs_somebody_who_answers(desk: Desk) -> None:
    case = new(desk)
    assert "Say --as CSR" in refused(desk, "case", "reply", case, "Hello", code=2)
    assert "Your answer is empty" in refused(desk, "case", "reply", case, "", *ANN)


def test_a_note_stays_private(desk: Desk) -> None:
    case = new(desk)
    before = letters(desk)
    desk.json("case", "note", case, "She never pays.", *ANN)
    assert (
        shown(desk, case)["entries"][-1] | {"text": "She never pays.", "is_private": True}
        == shown(desk, case)["entries"][-1]
    )
    assert letters(desk) == before


def test_assign_and_escalate_by_name_with_a_private_text(desk: Desk) -> None:
    case = new(desk)
    desk.json("case", "assign", case, "Bo", "--note", "You know printers.")
    after = shown(desk, case)
    assert (after["csr"], after["entries"][-1]["text"]) == ("bo@example.com", "You know printers.")
    assert letters(desk)[-1] == ("csr_case", "bo@example.com")
    desk.json("case", "assign", case, "second", "--escalate")
    assert (shown(desk, case)["status"], shown(desk, case)["role"]) == ("escalated", "second")
    assert 'Did you mean "Bo Baker"?' in refused(desk, "case", "assign", case, "Bo Bakker")
    assert "no second_level" in refused(desk, "case", "assign", case, "--escalate")


# -------------------------------------------------------------------------------------------------------------- status


def test_each_status_by_its_name(desk: Desk) -> None:
    case = new(desk)
    for wanted in ("pending", "opened", "resolved", "reopened", "closed", "reopened", "spam"):
        desk.json("case", "status", case, wanted)
        assert shown(desk, case)["status"] == wanted
    desk.json("case", "status", case, "restored")
    assert shown(desk, case)["status"] == "reopened"


def test_resolved_for_a_reason_and_pending_until(desk: Desk) -> None:
    case, other = new(desk), new(desk)
    desk.json("case", "status", case, "pending", "--until", "2036-12-01")
    assert "2036-12-01" in shown(desk, case)["events"][-1]["text"]
    desk.json("case", "status", case, "resolved", "--reason", f"duplicate {other}")
    assert shown(desk, case)["resolution"] == f"duplicate of {other}"
    desk.json("case", "status", other, "resolved", "--reason", "spam")
    assert shown(desk, other)["status"] == "spam"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("closd",), 2, 'Did you mean "closed"?'),
        (("resolved", "--reason", "tset"), 2, 'Did you mean "test"?'),
        (("closed", "--until", "friday"), 2, "--until goes with pending"),
        (("pending", "--until", "someday"), 1, "Leave --until out."),
        (("restored",), 1, "cannot be restored from the spam box"),
    ],
)
def test_a_status_that_cannot_be_says_why(desk: Desk, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in refused(desk, "case", "status", new(desk), *words, code=code)


def test_a_closed_case_says_how_it_is_opened_again_from_here(desk: Desk) -> None:
    case = new(desk)
    desk.json("case", "status", case, "closed")
    assert "`mailticket case status CASE reopened`" in refused(desk, "case", "change", case, "--priority", "high")
    assert desk.json("case", "note", case, "A note is always possible.")["outcome"] == "noted"


# -------------------------------------------------------------------------------------------------------------- change


def test_change_keeps_all_facts_at_once(fields: Desk) -> None:
    case, other = new(fields), new(fields)
    facts = ("--priority", "urgent", "--type", "repair", "--tag", "a", "--field", "serial=47", "--field", "price=12,50")
    more = ("--field", "bought=2026-12-24", "--field", "colour=BLUE", "--field", "insured=ja", "--time", "1h30m")
    fields.json("case", "change", case, *facts, *more, "--watch", "bo:answers", "--link", other, "--language", "de")
    after = shown(fields, case)
    assert after["fields"] == {
        "serial": "47", "price": "12.50", "bought": "2026-12-24", "colour": "blue", "insured": "yes"
    }  # fmt: skip
    assert (after["type"], after["priority"], after["tags"], after["language"]) == ("repair", "urgent", ["a"], "de")
    assert (after["time_worked_seconds"], after["watching"]) == (5400, {"bo@example.com": "answers"})
    assert after["linked"] == [other] and shown(fields, other)["linked"] == [case]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "Say what to change"),
        (("--field", "seriel=1"), 1, 'There is no field "seriel"'),
        (("--type", "repiar"), 1, 'Did you mean "repair"?'),
        (("--field", "price=lots"), 1, "price takes a number"),
        (("--field", "bought=soon"), 1, "bought takes a date"),
        (("--field", "colour=bleu"), 1, 'Did you mean "blue"?'),
        (("--field", "insured=perhaps"), 1, "insured is yes or no"),
        (("--field", "price"), 2, "there is no ="),
        (("--link", "0000-0000"), 1, "There is no case 0000-0000"),
        (("--watch", "bo:everything"), 2, 'there is no "everything"'),
        (("--watch", "boss@x.example:notes"), 1, "notes are for CSRs alone"),
        (("--time", "soon"), 1, "is not a span"),
        (("--language", "Klingon"), 1, "is not a language"),
        (tuple(word for number in range(31) for word in ("--tag", f"t{number}")), 1, "at most 30 tags"),
        (("--priority", "high", "--field", "price=lots"), 1, "price takes a number"),
    ],
)
def test_a_change_that_cannot_be_says_why_and_does_nothing(
    fields: Desk, words: tuple[str, ...], code: int, said: str
) -> None:
    case = new(fields)
    before = shown(fields, case)
    assert said in refused(fields, "case", "change", case, *words, code=code)
    assert shown(fields, case) == before


def test_a_required_field_is_asked_for_before_the_case_ends(fields: Desk) -> None:
    case = new(fields, "--type", "repair")
    assert "serial must be filled in" in refused(fields, "case", "status", case, "resolved")
    fields.json("case", "status", case, "resolved", "--reason", "test")
    fields.json("case", "status", case, "reopened")
    fields.json("case", "change", case, "--field", "serial=47")
    fields.json("case", "status", case, "resolved")
    assert shown(fields, case)["status"] == "resolved"


# ------------------------------------------------------------------------------------------------ merge, split, delete


def test_merge_says_how_to_confirm_another_customers_case(desk: Desk) -> None:
    one, other = new(desk), str(desk.json("case", "new", "Mine", "--customer", "dirk@customer.example")["id"])
    assert "say --yes" in refused(desk, "case", "merge", one, other)
    assert "into itself" in refused(desk, "case", "merge", one, one)
    assert desk.json("case", "merge", one, other, "--yes")["id"] == other
    assert shown(desk, one)["merged_into"] == other
    assert [one["from_case"] for one in shown(desk, other)["entries"]] == [one, ""]


def test_split_makes_a_case_of_some_entries(desk: Desk) -> None:
    case = new(desk)
    desk.json("case", "note", case, "Quite another thing.", *ANN)
    [number] = [one["number"] for one in shown(desk, case)["entries"] if one["kind"] == "note"]
    off = desk.json("case", "split", case, str(number), "--subject", "Another thing")["id"]
    after, became = shown(desk, case), shown(desk, off)
    assert (became["subject"], [one["text"] for one in became["entries"]]) == (
        "Another thing",
        ["Quite another thing."],
    )
    assert became["linked"] == [case] and after["linked"] == [off]
    assert [one["kind"] for one in after["entries"]] == ["customer_mail"]
    assert f"What stood here went to case {off}." in [one["text"] for one in after["events"]]
    assert "Nothing would be left" in refused(desk, "case", "split", case, "1")
    assert "no entry 99" in refused(desk, "case", "split", case, "99")


def test_only_spam_is_deleted_and_the_deed_is_kept(desk: Desk) -> None:
    case = new(desk)
    assert "only cases in the spam box" in refused(desk, "case", "delete", case, "--yes")
    desk.json("case", "status", case, "spam")
    assert desk.json("case", "delete", case, "--yes")["id"] == case
    assert "There is no case" in refused(desk, "case", "show", case)
    with desk.store():
        assert not cases.load([case]) and not outbox.list_items()
        [act] = acts.of(f"case:{case}")
    assert (act.act, act.by.startswith("admin ")) == ("delete", True)


def test_explain_tells_the_door(desk: Desk) -> None:
    case = new(desk)
    desk.json("case", "change", case, "--priority", "high", *ANN)
    assert "door: command line, admin" in desk.run("explain", case).stdout


READY = """
[[answer]]
name = "opening hours"
subject = "Our hours"
text = "We are here from nine to five, {{ customer.name }}."
"""


def test_a_ready_answer_is_sent_by_its_name_with_what_was_typed_below_it(desk: Desk) -> None:
    desk.config.write_text(CONFIG + READY, "utf-8")
    case = new(desk)
    desk.json("case", "reply", case, "And on Sundays.", "--template", "Opening Hours", *ANN)
    said = next(one for one in shown(desk, case)["entries"] if one["kind"] == "reply")
    assert said["text"].strip() == "We are here from nine to five, Carla Customer.\n\nAnd on Sundays."
    assert said["subject"] == "Our hours"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reply", "CASE", "--template", "opening hors", *ANN), 'Did you mean "opening hours"?'),
        (("reply", "CASE", "--drop", "--template", "opening hours", *ANN), "it takes no --template"),
        (("note", "CASE", ""), 'Give it as TEXT, or "-" and type it on stdin.'),
        (("change", "CASE", "--due", "nevr"), "Or say --due none."),
        (("change", "CASE", "--priority", "hihg"), 'there is no "hihg"; did you mean "high"?'),
        (("status", "CASE", "pending", "--until", "nevr"), "Leave --until out."),
        (("list", "--status", "opend"), 'there is no "opend"; did you mean "opened"?'),
    ],
)
def test_what_cannot_be_is_told_in_the_words_of_the_command_line(desk: Desk, words: tuple[str, ...], said: str) -> None:
    """A CSR who writes mail reads of #commands; nobody can type those here."""
    desk.config.write_text(CONFIG + READY, "utf-8")
    case = new(desk)
    result = desk.run("case", *(case if one == "CASE" else one for one in words))
    assert result.exit_code in (1, 2) and said in result.stderr
    assert "#" not in result.stderr


def test_every_command_is_told_by_a_whole_sentence_on_a_narrow_terminal(desk: Desk) -> None:
    listed = desk.run("case", "--help").stdout.partition("Commands:")[2].split("\n")
    assert len(listed) > 10 and not any(line.endswith("...") for line in listed)


def test_a_watchers_address_stays_as_it_is_written(desk: Desk) -> None:
    done = desk.run("case", "change", new(desk), "--watch", "boss@example.com")
    assert "  boss@example.com watches this case" in done.stdout
