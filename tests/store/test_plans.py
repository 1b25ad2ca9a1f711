"""Every query on the road has its index: SQLite says how it would look, and it never looks at a whole large table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from mailticket.domain.case import Status
from mailticket.domain.mail import MailIds
from mailticket.domain.texts.search_words import parse_query
from mailticket.store import (
    blacklist,
    cases,
    customers,
    entries,
    facts,
    folders,
    inbox,
    inbox_claims,
    inbox_copies,
    inbox_ends,
    outbox,
    outbox_claims,
    outbox_ends,
    people,
    recent,
    search,
)
from mailticket.store.by_hand import stopping, stuck_letters
from mailticket.store.casework import history, latest, queues, ripe
from mailticket.store.casework.ripe import Ripe
from mailticket.store.database import Store
from mailticket.store.index import matches, similar
from mailticket.store.operation import alarms, calls, figures, leases, packing_up
from tests.store.rows import ANN, BO, CARLA, NOW, arrival, desk, entry, letter, opened, taken

#: Tables that grow with every mail. Others (CSRs, roles, blacklist) are small and may be read whole.
GROWING = {
    "cases",
    "participant",
    "entry",
    "entry_file",
    "inbox",
    "logical",
    "outbox",
    "outbox_file",
    "mail_id",
    "customer",
}

#: These hold only the cases that wait for something.
SMALL_INDEXES = {"cases_waiting", "cases_pending", "cases_rings_at"}

PLACE = Ripe("0000-0000", NOW, 1)

MAIL = MailIds("<m@x>", in_reply_to=("<a@x>",), subject="[#0000-0000]", senders=(CARLA,), recipients=(CARLA,))

ROAD: dict[str, Callable[[Any], object]] = {
    "take": lambda case: taken(3),
    "take fresh ones": lambda case: inbox.take([arrival(is_fresh=True, from_key="a"), arrival(from_key="b")], NOW),
    "claim in turns": lambda case: [taken(3), inbox_claims.claim(NOW, "a", limit=2)],
    "claim mails": lambda case: inbox_claims.claim(NOW, "a"),
    "release": lambda case: inbox_claims.release([1], "a"),
    "recover mails": lambda case: inbox_claims.recover(lambda _: True, NOW),
    "settle": lambda case: [
        inbox_claims.claim(NOW, "a"),
        inbox_ends.settle(1, "a", outcome="x", reason="y", case=case.id),
    ],
    "first copies": lambda case: [inbox_copies.firsts({1: ("support", "a"), 2: ("support", "b")}) for _ in range(2)],
    "forgotten copies": lambda case: inbox_copies.forget([1, 2]),
    "fail": lambda case: [inbox_claims.claim(NOW, "a"), inbox_ends.fail(1, "a", "x", "", NOW)],
    "mails by id": lambda case: inbox.by_message_id("<m@x>"),
    "shunted": lambda case: inbox.list_items(state="shunted"),
    "known uids": lambda case: folders.known_uids("imap:support/INBOX", 7, [1, 2]),
    "server work": lambda case: folders.server_todo("imap:support/INBOX", 7),
    "load": lambda case: cases.load([case.id]),
    "change": lambda case: cases.change(case, {"csr": ANN, "participants": case.participants}),
    "waiting": lambda case: [queues.waiting(10, after) for after in (None, *queues.waiting(1))],
    "ringing": lambda case: [ripe.ringing(["support"], NOW, 10, after) for after in (None, PLACE)],
    "idle": lambda case: ripe.untouched_since(Status.NEW, NOW, 10, after=case.key),
    "orphans": lambda case: [ripe.orphaned(["support"], [BO], 10, after) for after in (None, PLACE)],
    "a customer's cases": lambda case: cases.of_customer(CARLA.key, case.id),
    "other cases": lambda case: cases.other_cases([case, opened("0000-0001")], 5),
    "entries of cases": lambda case: entries.of_cases([case.key]),
    "latest entries": lambda case: [
        latest._of_long(case.key, 10),
        list(latest._before(case=case.key, number=9, limit=9)),
        latest.numbered(case.key, 1),
        list(latest._public_before(case=case.key, number=9, since=1)),
        latest.events(case.key, 9),
    ],
    "cards": lambda case: customers.cards([case.customer]),
    "pending": lambda case: [ripe.pending_over(["support"], NOW, 10, after) for after in (None, PLACE)],
    "a CSR's cases": lambda case: queues.of_csr(ANN, 10),
    "free cases": lambda case: queues.free(["support"], ["support"], 10),
    "resolved": lambda case: [ripe.resolved_before("support", NOW, 10, after) for after in (None, PLACE)],
    "add entry": lambda case: entries.add_entry(case, entry(message_id="<e@x>")),
    "entries": lambda case: entries.entries(case.key, limit=10),
    "public entries": lambda case: entries.entries(case.key, limit=10, public_only=True),
    "facts": lambda case: facts.load([MAIL], ["support"], NOW),
    "customer": lambda case: people.customer(CARLA, NOW),
    "candidates": lambda case: people.candidates("support", NOW),
    "assigned": lambda case: people.assigned_now(ANN, NOW),
    "blacklist": lambda case: blacklist.matching([CARLA.key]),
    "post": lambda case: outbox.post(letter(case=case.key), NOW),
    "claim new letters": lambda case: outbox_claims._newest(service="support", now=NOW, limit=2).execute(),
    "claim letters": lambda case: outbox_claims.claim("support", "a", NOW),
    "sent": lambda case: [
        outbox_claims.claim("support", "a", NOW),
        outbox_ends.note("a", NOW, taken=[outbox_ends.Taken(1, 1, "250")]),
    ],
    "recover letters": lambda case: stuck_letters.recover(None, NOW),
    "pack old letters": lambda case: packing_up.pack(10),
    "letters left": lambda case: outbox_claims.are_left(NOW, 5),
    "any letter": lambda case: outbox_claims.any_waits("support"),
    "letter by id": lambda case: outbox.by_message_id("<a@x>"),
    "unsent answers": lambda case: stopping.unsent({case.id: case}, NOW - timedelta(days=1)),
    "recall": lambda case: stopping.recall(case.key, 1),
    "last check": lambda case: stopping.why_not(outbox.get(1)),
    "alarms": lambda case: [alarms.ring("disk", "", "x", NOW), alarms.untold(NOW), alarms.told(["disk"], NOW)],
    "calls": lambda case: [calls.post("a", "b", "c", NOW), calls.claim("me", NOW)],
    "figures": lambda case: [figures.inbox_figures(NOW), figures.queues(["support"], NOW), figures.dead_letters(NOW)],
    "letters of this hour": lambda case: recent.letters(["support"], NOW),
    "floods": lambda case: recent.floods({CARLA.key}, NOW, least=0),
    "a CSR's newest": lambda case: list(cases.list_cases(csr=ANN, limit=5)),
    "a service's newest": lambda case: list(cases.list_cases(service="support", limit=5)),
    "cases of a week": lambda case: list(
        cases.list_cases(that=search.created(NOW, NOW + timedelta(days=7)), by_moment=True, limit=5)
    ),
    "search": lambda case: list(search.of_staff(parse_query("pump leaks"), limit=5)),
    "similar cases": lambda case: similar.solved([case], ["support"], NOW),
    "common requests": lambda case: [similar.inquiries(NOW - timedelta(days=9), one, 1) for one in (None, "support")],
    "a customer's search": lambda case: search.of_customer(CARLA, parse_query("pump"), "Support"),
    "backlog": lambda case: [figures.backlog(), figures.waiting_of("support", 5)],
    "taken in before their turn": lambda case: folders.count_ahead("imap:support/INBOX", 7, 3, 100),
    "lease": lambda case: leases.acquire("mailbox", "a", NOW - NOW),
    "history of a case": lambda case: history.of_case(case.id),
    "history of a mail": lambda case: history.of_message("<m@x>"),
}


@pytest.mark.parametrize("step", ROAD)
def test_no_query_on_the_road_reads_a_whole_table(sqlite_store: Store, step: str) -> None:
    people.project(desk(), NOW)
    taken(2)
    case = opened("0000-0000", csr=BO, status=Status.NEW)
    outbox.post(letter(case=case.key, message_id="<a@x>"), NOW)
    asked: list[tuple[str, Any]] = []
    sqlite_store.engine.query_hooks.append(lambda event: asked.append((event.sql, event.params)))
    ROAD[step](case)
    sqlite_store.engine.query_hooks.clear()
    scans = [(table, sql) for sql, params in asked for table in _scanned(sqlite_store, sql, params)]
    assert asked and not scans


@pytest.mark.parametrize("step", ["facts", "unsent answers", "recall", "post", "letters of this hour"])
def test_what_a_mail_needs_is_not_looked_for_among_all_letters_that_wait(sqlite_store: Store, step: str) -> None:
    case = opened()
    asked: list[tuple[str, Any]] = []
    sqlite_store.engine.query_hooks.append(lambda event: asked.append((event.sql, event.params)))
    ROAD[step](case)
    sqlite_store.engine.query_hooks.clear()
    plans = [line for sql, params in asked for line in _plan(sqlite_store, sql, params)]
    assert plans and not [line for line in plans if "outbox_in_state" in line or "(state=?" in line]


#: What goes by letters that wait, are under way or came to a bad end.
OF_FEW = ("figures", "letters left", "any letter", "recover letters", "claim letters")


@pytest.mark.parametrize("step", OF_FEW)
def test_what_waits_is_not_looked_for_among_all_letters_that_were_sent(sqlite_store: Store, step: str) -> None:
    case = opened()
    asked: list[tuple[str, Any]] = []
    sqlite_store.engine.query_hooks.append(lambda event: asked.append((event.sql, event.params)))
    ROAD[step](case)
    sqlite_store.engine.query_hooks.clear()
    ways = [line for sql, params in asked for line in _plan(sqlite_store, sql, params) if "INDEX outbox" in line]
    few = ("outbox_in_turn", "outbox_in_state", "outbox_of_case")
    assert ways and all(any(index in line for index in few) for line in ways)


def test_common_requests_of_one_service_are_found_by_their_moment_and_not_among_all_its_cases(
    sqlite_store: Store,
) -> None:
    asked: list[tuple[str, Any]] = []
    sqlite_store.engine.query_hooks.append(lambda event: asked.append((event.sql, event.params)))
    similar.inquiries(NOW - timedelta(days=9), "support", 1)
    sqlite_store.engine.query_hooks.clear()
    plans = str([_plan(sqlite_store, sql, params) for sql, params in asked])
    assert "COVERING INDEX cases_created_at_id" in plans and "cases_service" not in plans


def test_postgresql_chooses_common_requests_by_the_index_of_moments_alone(postgres_store: Store) -> None:
    for number in range(300):
        opened(f"0000-{number:04}")
    postgres_store.engine.execute_sql("VACUUM ANALYZE cases")
    nodes = _explained(postgres_store, lambda: similar.inquiries(NOW - timedelta(days=9), None, 10))
    ways = [one["Node Type"] for one in nodes if one.get("Index Name") == "cases_created_at_id"]
    assert ways == ["Index Only Scan"] * 2  # for their number, and for the keys of those that are compared


def test_postgresql_looks_among_the_latest_entries_and_reads_no_whole_index_of_words(postgres_store: Store) -> None:
    case = opened("0000-0000")
    for _ in range(9):
        entries.add_entry(case, entry(text="the pump leaks"))
    nodes = _explained(postgres_store, lambda: list(matches.Matches(parse_query("pump"))._at_hand(2**62, 100)))
    ways = [one["Node Type"] for one in nodes if one.get("Relation Name") == "entry_search"]
    assert len(ways) == 2 and "Seq Scan" not in ways


def test_every_query_on_the_road_has_its_index_on_postgresql_too(postgres_store: Store) -> None:
    people.project(desk(), NOW)
    asked: dict[str, Any] = {}
    postgres_store.engine.query_hooks.append(lambda event: asked.setdefault(event.sql, event.params))
    for step in ROAD.values():
        taken(2)
        case = opened("0000-0000", csr=BO, status=Status.NEW)
        outbox.post(letter(case=case.key, message_id="<a@x>"), NOW)
        step(case)
        postgres_store.engine.execute_sql("TRUNCATE inbox, outbox, cases, customer RESTART IDENTITY CASCADE")
    postgres_store.engine.query_hooks.clear()
    # Small tables are read whole, whatever index they have; so whole tables are made dear.
    postgres_store.engine.execute_sql("SET enable_seqscan = off")
    scans = [(table, sql) for sql, params in asked.items() for table in _read_whole(postgres_store, sql, params)]
    assert len(asked) > len(ROAD) and not scans
    unindexed = 'SELECT * FROM "entry" AS "t1" WHERE "t1"."text" = %s'
    assert _read_whole(postgres_store, unindexed, ["x"]) == ["entry"]


def _read_whole(store: Store, sql: str, params: Any) -> list[str]:
    """The growing tables that PostgreSQL finds no way into, for this statement."""
    if not sql.startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
        return []
    nodes = _planned(store, sql, params)
    return [one["Relation Name"] for one in nodes if one["Node Type"] == "Seq Scan" and one["Relation Name"] in GROWING]


def _explained(store: Store, ask: Callable[[], object]) -> list[dict[str, Any]]:
    """How PostgreSQL carries out what is asked, whole tables being dear."""
    asked: list[tuple[str, Any]] = []
    store.engine.query_hooks.append(lambda event: asked.append((event.sql, event.params)))
    ask()
    store.engine.query_hooks.clear()
    store.engine.execute_sql("SET enable_seqscan = off")
    return [node for sql, params in asked for node in _planned(store, sql, params)]


def _planned(store: Store, sql: str, params: Any) -> list[dict[str, Any]]:
    plan = store.engine.execute_sql("EXPLAIN (FORMAT JSON) " + sql, params).fetchone()[0]
    return list(_nodes(plan[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


@pytest.mark.parametrize(
    ("step", "goes_by"),
    [("cases of a week", "cases_created_at_id"), ("a customer's search", "participant_address_key")],
)
def test_what_narrows_most_is_looked_at_first(sqlite_store: Store, step: str, goes_by: str) -> None:
    case = opened()
    asked: list[tuple[str, Any]] = []
    sqlite_store.engine.query_hooks.append(lambda event: asked.append((event.sql, event.params)))
    ROAD[step](case)
    sqlite_store.engine.query_hooks.clear()
    plans = [line for sql, params in asked for line in _plan(sqlite_store, sql, params)]
    assert [line for line in plans if goes_by in line] and not [
        line for line in plans if "VIRTUAL TABLE INDEX 0:M" in line
    ]


def test_a_query_without_an_index_would_be_noticed(sqlite_store: Store) -> None:
    assert _scanned(sqlite_store, 'SELECT * FROM "entry" AS "t1" WHERE "t1"."text" = ?', ["x"]) == ["entry"]
    assert _scanned(sqlite_store, 'SELECT COUNT(*) FROM "cases"', []) == ["cases"]


def _scanned(store: Store, sql: str, params: Any) -> list[str]:
    """The growing tables that SQLite would read from end to end for this statement."""
    read = [line.split() for line in _plan(store, sql, params) if line.startswith("SCAN ")]
    aliases = {alias: name for name in GROWING for alias in _aliases(sql, name)}
    return [aliases[words[1]] for words in read if words[1] in aliases and words[-1] not in SMALL_INDEXES]


def _plan(store: Store, sql: str, params: Any) -> list[str]:
    if not sql.startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
        return []
    return [line[3] for line in store.engine.execute_sql("EXPLAIN QUERY PLAN " + sql, params).fetchall()]


def _aliases(sql: str, table: str) -> list[str]:
    """What the statement calls the table."""
    after = sql.split(f'"{table}" AS "')[1:]
    return [table, *(one.partition('"')[0] for one in after)]
