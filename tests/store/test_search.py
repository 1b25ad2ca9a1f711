"""Full-text search: what is found by which words, alike on both databases, by staff and by customers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.domain.case import Case, EntryKind, StoredFile
from mailticket.domain.people import Participant
from mailticket.domain.texts.search_words import LONGEST_TEXT, parse_query
from mailticket.store import cases, entries, search
from mailticket.store.database import Store
from mailticket.store.index import beginnings, matches, search_index
from mailticket.store.tables import case_tables
from mailticket.store.tables.search_tables import SearchProgress
from tests.store.rows import CARLA, DIRK, entry, opened


def found(text: str) -> list[str]:
    """The subjects of the cases that staff find."""
    return [one.subject for one in search.of_staff(parse_query(text))]


def seen(text: str, viewer: str = CARLA.address) -> list[str]:
    """The texts that a customer finds."""
    who = replace(CARLA, address=viewer)
    return [one.text for _case, one in search.of_customer(who, parse_query(text), "Support")]


def wrote(text: str, subject: str = "It", **values: object) -> Case:
    case = opened(subject=subject, participants=(Participant(CARLA, True), Participant(DIRK, False, 3)))
    entries.add_entry(case, entry(text=text, **values))
    return case


TEXTS = (
    ("The printers burn. Größe: 4711-22", "printer", True),
    ("The printers burn.", "BURN printers", True),
    ("The printers burn.", "printers froze", False),
    ("The printers burn.", '"printer"', False),
    ("The printers burn.", '"the printers burn"', True),
    ("The printers burn.", '"printers the"', False),
    ("The printers burn.", "printers -burn", False),
    ("The printers burn.", "printers -ice", True),
    ("Die Größe der Straße", "grosse STRASSE", True),
    ("cafe\u0301 au lait", "Café", True),
    ("Ｆｕｌｌ ｗｉｄｔｈ", "full width", True),
    ("Łódź, Ærø", "lodz aero", True),
    ("打印机坏了，请帮忙", "打印机", True),
    ("打印机坏了，请帮忙", "机", True),
    ("打印机坏了，请帮忙", "印坏", False),
    ("プリンターが壊れました", "プリンター", True),
    ("프린터가 고장났습니다", "프린터", True),
    ("เครื่องพิมพ์เสีย", "พิมพ์", True),
    ("הַמַּדְפֶּסֶת בוערת", "המדפסת", True),
    ("प्रिंटर जल रहा है", "प्रिंटर", True),
    ("Принтёр горит", "принтер", True),
    ("write to dirk@customer.example", "dirk@customer.example", True),
    ("write to dirk at customer", "dirk@customer.example", False),
    ("serial 4711-22", "4711-22", True),
)


@pytest.mark.parametrize(("text", "asked", "is_found"), TEXTS, ids=[f"{text[:12]}-{asked}" for text, asked, _ in TEXTS])
def test_words_find_their_text_in_every_script(store: Store, text: str, asked: str, is_found: bool) -> None:
    wrote(text)
    assert found(asked) == (["It"] if is_found else [])
    assert seen(asked) == ([text] if is_found else [])


HOSTILE = (
    "", "   ", '"', '""', "'", "-", '-"', "*", "a*b", "NEAR(a b)", "a AND", "OR", "NOT NOT", "words:x", "^a", "a:*",
    "&|!<->", "\0", "\ud800", "\\", "x'); DROP TABLE entry; --", "()", "{a b}: c", "-only -unwanted", "🔥", "_", "%",
    "\u0301",
)  # fmt: skip


@pytest.mark.parametrize("asked", HOSTILE)
def test_no_query_is_an_error(store: Store, asked: str) -> None:
    wrote("It burns.")
    assert found(asked) == seen(asked) == []


def test_ten_thousand_words_are_a_query_too(store: Store) -> None:
    wrote("burns " * 3)
    assert found("burns " * 10_000) == ["It"]
    assert found(" ".join(f"w{number}" for number in range(10_000))) == []


def test_a_megabyte_is_found_by_its_beginning(store: Store) -> None:
    wrote("needle " + "字" * 1_000_000)
    wrote("needle " + "".join(f"\U0001d52b{number} " for number in range(100_000)))
    assert found("needle") == ["It", "It"]
    assert found("字字") == ["It"] and LONGEST_TEXT < 1_000_000


def test_subject_author_and_file_names_are_found_too(store: Store) -> None:
    files = (StoredFile("invoice_2026.pdf", "application/pdf", 9, "0" * 64),)
    case = opened(subject="Wrong amount")
    entries.add_entry(case, replace(entry(), words=replace(entry().words, files=files)))
    for asked in ("wrong amount", "carla", "carla@customer.example", "invoice", "2026.pdf"):
        assert found(asked) == ["Wrong amount"], asked


def test_staff_find_notes_and_held_answers_and_customers_do_not(store: Store) -> None:
    case = wrote("public canary")
    for kind, held in ((EntryKind.NOTE, ""), (EntryKind.REPLY, "not proven"), (EntryKind.EVENT, "")):
        entries.add_entry(case, replace(entry(kind, "private canary"), held=held))
    assert found("private") == ["It"]
    assert seen("private") == [] and seen("canary") == ["public canary"]


def test_a_customer_finds_what_they_may_see_and_nothing_of_strangers(store: Store) -> None:
    wrote("early canary", parties=(CARLA.key,))
    assert seen("canary") == ["early canary"]
    assert seen("canary", DIRK.address) == []
    assert seen("canary", "mallory@stranger.example") == []


def test_what_was_forgotten_is_found_no_more(store: Store) -> None:
    case = wrote("the word is canary")
    (one,) = entries.entries(case.key)
    search_index.forget([one.id])
    search_index.index(case, [replace(one, words=replace(one.words, text="the word is ***"))])
    search_index.purge()
    assert found("canary") == [] and found("word") == ["It"]


def test_a_case_that_is_deleted_leaves_the_index(store: Store) -> None:
    case = wrote("canary")
    case_tables.Entry.delete().where(case_tables.Entry.case == case.key).execute()
    case_tables.Case.delete().where(case_tables.Case.id == case.key).execute()
    name = "entry_search" if store.is_postgres else "entry_search_content"
    assert store.engine.execute_sql(f"SELECT COUNT(*) FROM {name}").fetchone()[0] == 0


def test_what_was_there_before_the_index_is_filled_in_step_by_step(store: Store) -> None:
    all_of_them = [wrote(f"canary {number}") for number in range(5)]
    ids = [one.id for case in all_of_them for one in entries.entries(case.key)]
    search_index.forget(ids)
    SearchProgress.update(below=max(ids) + 1).execute()
    assert found("canary") == [] and not search.is_complete()
    counts = [search.back_fill(2) for _ in range(4)]
    assert counts == [2, 2, 1, 0] and search.is_complete()
    assert len(found("canary")) == 5 and len(found("3")) == 1


def test_in_one_transaction_with_the_entry_or_not_at_all(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        wrote("canary")
        raise ZeroDivisionError
    assert found("canary") == []


@pytest.mark.parametrize(("latest", "telling"), [(10_000, 5), (3, 5), (3, 1)])
def test_what_very_many_entries_have_is_found_page_by_page_in_the_same_order(
    store: Store, monkeypatch: pytest.MonkeyPatch, latest: int, telling: int
) -> None:
    monkeypatch.setattr(search, "_FIRST_STRETCH", 2)
    monkeypatch.setattr(search, "_GROWS", 2)
    monkeypatch.setattr(search, "_CASES_AT_ONCE", 3)
    for way in ("_SQLITE", "_POSTGRES"):
        monkeypatch.setattr(matches, way, replace(getattr(matches, way), looked_at=latest))
    monkeypatch.setattr(matches, "_TELLING", telling)
    told = [opened(subject=f"Case {number}") for number in range(9)]
    for one in (*told, told[0], told[4], told[4]):
        entries.add_entry(cases.load([one.id])[one.id], entry(text="the lamp flickers"))
    found_all = [one.subject for one in search.of_staff(parse_query("lamp"))]
    assert found_all == [f"Case {number}" for number in range(8, -1, -1)]
    assert [one.subject for one in search.of_staff(parse_query("lamp"), limit=3)] == found_all[:3]


@pytest.mark.parametrize("asked", ["lamp", "lam flick", "lamp -fuse", '"a lamp" -flick', "lamp -zebra", "zebra"])
def test_the_latest_entries_one_by_one_and_the_index_of_words_give_the_same(store: Store, asked: str) -> None:
    for text in (
        "a lamp flickers",
        "the lamp's fuse",
        "a lamp",
        "lampshade, flick",
        "the fuse",
        "打印机 lamp",
        "clamp",
    ):
        wrote(text)
    asking = matches.Matches(parse_query(asked))
    at_hand = next(iter(asking._at_hand(2**62, 100)))
    assert asking.newest(2**62, 100) == (at_hand, True)  # too few to be enough, so these are the index's
    assert bool(at_hand) == ("zebra" != asked)


WAYS = (("lamp", ["AS latest", "BETWEEN"]), ("lamp flick", ["AS latest", "AS latest"]), ("fuse", ["AS latest", "< %s"]))


@pytest.mark.parametrize(("text", "ways"), WAYS)
def test_postgresql_looks_only_as_far_back_as_a_page_of_hits_needs(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch, text: str, ways: list[str]
) -> None:
    monkeypatch.setattr(search, "_FIRST_STRETCH", 6)
    monkeypatch.setattr(matches, "_POSTGRES", replace(matches._POSTGRES, looked_at=9, for_several=45))
    monkeypatch.setattr(matches, "_TELLING", 3)
    said = ["the fuse is gone", *["a pump leaks", "a tap drips", "the lamp flickers"] * 10]
    made = [wrote(one, subject=f"Case {number}") for number, one in enumerate(said)]
    asked: list[str] = []
    postgres_store.engine.query_hooks.append(lambda event: asked.append(event.sql))
    found_some = [one.id for one in search.of_staff(parse_query(text), limit=4)]
    assert found_some == [case.id for case, one in zip(made, said, strict=True) if text[:4] in one][::-1][:4]
    statements = [sql for sql in asked if "entry_search" in sql]
    assert len(statements) == len(ways) and all(way in sql for way, sql in zip(ways, statements, strict=True))


@pytest.mark.parametrize("most", [500, 2, 0])
def test_a_beginning_finds_the_same_however_many_words_begin_so(
    store: Store, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(beginnings, "_MOST_WORDS", most)
    texts = ("a pump", "pumps burn", "pumping and pumped", "the pum", "lamp, pumpe", "pump's end", "打印机 pump")
    made = {wrote(text, subject=text).subject for text in texts}
    assert set(found("pump")) == made - {"the pum"} and set(found('"pump"')) == {"a pump", "pump's end", "打印机 pump"}
    assert found("pumping -pumped") == [] and found("zebra") == []
    assert found("pump lam") == ["lamp, pumpe"] and found("and pumpe") == ["pumping and pumped"]
    wrote("the pump-burner", subject="It")
    assert found("pump-en") == [] and found("pump-burn") == ["It"]
