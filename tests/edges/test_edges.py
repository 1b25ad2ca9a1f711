"""Every cap is tested at its edge: so much is read whole, and what lies beyond is left out as the table says."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import mailticket.children
import mailticket.desk
import mailticket.domain
import mailticket.law
import mailticket.letters
import mailticket.mime
import mailticket.store
import mailticket.triage
import mailticket.web
import mailticket.wire
from mailticket import conditions, sandbox
from tests.edges import contents, cutting, desks, letters, octets, outgoing, people, reports, stored, wires, wishes
from tests.edges.edge import Edge, highest_count

_PLACES = (octets, contents, cutting, reports, outgoing, wishes, people, letters, wires, stored, desks)
EDGES = tuple(edge for place in _PLACES for edge in place.EDGES)

_BATCHES = "so much at once; the rest follows"
_TRIED = "how often it is tried"
#: Numbers that bound nothing, or that bound what is known to be bounded already.
NO_CAPS = {
    "mime.octets.charset": "samples by which a charset is guessed; the text is read whole whatever they say",
    "mime.quote._WINDOW": "how sure a cut must be",
    "mime.quote._ENOUGH": "how sure a cut must be",
    "mime.cutting.known._RUN": "how words are compared",
    "mime.cutting.known.SHORT": "how words are compared",
    "mime.cutting.known._OPENING": "how words are compared",
    "mime.passed_on._FEWEST": "how sure a header block must be",
    "mime.parse._LONGEST_DATE": "longer than any date there is; behind it stand comments",
    "mime.parse._EARLIEST_YEAR": "a date",
    "mime.parse._LATEST_YEAR": "a date",
    "mime.outgoing.outgoing_headers._WORD_LIMIT": "RFC 2047; tests/mime/test_compose.py holds it for every text",
    "mime.wrapped.rtf": "the format's own numbers",
    "mime.wrapped.tnef._CHECKSUM": "the format's own numbers",
    "mime.wrapped.tnef._INTERFACE_OCTETS": "the format's own numbers",
    "mime.wrapped.calendar._LINE": "far longer than what is shown of a value",
    "mime.cutting.words._LINK": "a link is no word; tests/mime/test_quote.py has longer ones",
    "mime.cutting.words._INVISIBLE_TEXT": "a link is no word",
    "mime.cutting.additions._ADVERTISEMENT": "an app's own link",
    "mime.markers._CALENDAR_REPLY": "a content type",
    "mime.reports.bounce_text._ALONE": "longer than any address there is",
    "mime.reports.bounce_text._ORIGINAL": "a header line by which a returned mail is known",
    "store.casework.latest._APART": "what a letter brings; tests/store/test_latest.py",
    "domain.case_id._LENGTH": "what a case ID is",
    "domain.facts.FLOOD_AFTER": "a budget; tests/desk/test_floods.py",
    "domain.rate": "how a sending limit is counted; tests/domain/test_rate.py",
    "domain.texts.alike.FEWEST_SHARED": "how alike two inquiries must be",
    "domain.texts.alike._S": "what a word that tells something is",
    "domain.texts.common_requests": "how requests are put into groups, which the report counts",
    "domain.texts.search_words._SHORTEST_BEGINNING": "what the beginning of a word is",
    "domain.times.business_time._LONGEST_BREAK": "days; who is open on none of them is never open",
    "domain.times.calendar_words._SHORTEST": "what the beginning of a month's name is",
    "law.budgets": "budgets; tests/law/test_budgets.py",
    "law.rules.rule_values._HOUR": "seconds",
    "letters.courtesy": "what a greeting and a sign-off are",
    "letters.csr_links._MOST_SUGGESTED": "tests/desk/test_suggestions.py",
    "letters.suggest._FEWEST": "how well a template must fit",
    "sandbox._LINK": "longer than what a browser takes",
    "children": "when a child is replaced",
    "desk.answer._TRIES": _TRIED,
    "desk.assign": _BATCHES,
    "desk.by_hand.patronage._TRIES": _TRIED,
    "desk.collect.BATCH_MAILS": _BATCHES,
    "desk.collect.ROUND_MAILS": _BATCHES,
    "desk.decided.alarm.BRISK_ROUNDS": "a budget; tests/desk/test_alarm.py",
    "desk.decided.gathering._BOUNDARY_BYTES": "octets of randomness",
    "desk.decided.gathering._NONCE_BYTES": "octets of randomness",
    "desk.decided.background._EARLIER": "one more than a letter shows, which letters.csr_values cuts",
    "desk.decided.gathering._ON_CARD": "more than a card shows, which letters.desk_card cuts",
    "desk.deliver": _BATCHES,
    "desk.mailbox.newest": "which mails pass others; all are taken in in their turn, tests/desk/test_newest.py",
    "desk.mailbox.pressure.LEAST_FREE": "room on the disk; tests/desk/test_watch.py",
    "desk.mailbox.pressure.MAILS_THAT_FIT": "room on the disk",
    "desk.mailbox.reconcile.NEWEST": "what a look at a folder that only grows looks at, the newest",
    "desk.mailbox.round_trip._HEAD": "of a mail of our own",
    "desk.privacy.erasing._AT_ONCE": _BATCHES,
    "desk.privacy.masking._TRIES": _TRIED,
    "desk.privacy.retiring._MOST_REWRITTEN": "how much is rewritten now; it says what is left",
    "desk.privacy.retiring._PAGE": _BATCHES,
    "desk.receive.BATCH": _BATCHES,
    "desk.running.elapsed._CLOCK": "a clock's name",
    "desk.sweep": _BATCHES,
    "desk.under_way._AHEAD": _BATCHES,
    "desk.unpacking.HEAD_BYTES": "of a mail above max_size; tests/desk/test_receive.py",
    "desk.unpacking.READ_TOGETHER": _BATCHES,
    "desk.watching.canary._FORGOTTEN_AT_ONCE": _BATCHES,
    "store.backups": _BATCHES,
    "store.casework.merging._ASIDE": "numbers that no case reaches",
    "store.database._MOST_REWRITTEN": "how much is rewritten now; it says what is left",
    "store.engine.fields._KEY_KEPT": "how a long key begins",
    "store.engine.locking._TRIES": _TRIED,
    "store.engine.prepared": "which statements are kept; tests/store/test_prepared.py",
    "store.engine.turns.MOST_BEFORE": "whose turn it is; tests/store/test_turns.py",
    "store.files.depots.CHUNK": _BATCHES,
    "store.engine.prepared_rows._ROWS_AT_ONCE": _BATCHES,
    "store.folders._AT_ONCE": _BATCHES,
    "store.index.similar._KEYS_AT_ONCE": _BATCHES,
    "store.inbox_claims": "whose turn it is; tests/store/test_inbox.py",
    "store.index.matches": "how far back the index of words is read at first; tests/store/test_search.py",
    "store.index.search_index": _BATCHES,
    "store.index.similar._RARER_AT_MOST": "how fine a sample is; tests/store/test_similar.py",
    "store.outbox_claims": "whose turn it is; tests/store/test_outbox.py",
    "store.privacy.elsewhere._PAGE": _BATCHES,
    "store.privacy.erasing._ROWS_OF_A_STATEMENT": _BATCHES,
    "store.privacy.vault._NONCE": "octets of randomness",
    "store.search.": "stretches in which all that matches is read, but a customer's: how many more than are shown",
    "web.app._THREADS": "how many are answered at once",
    "web.links._MOST_TEXT": "tests/web/test_acts.py has both sides",
    "web.server._GRACE": "seconds",
    "wire.imap._CHUNK": _BATCHES,
    "wire.imap._FETCH": _BATCHES,
    "wire.imap_reader": _BATCHES,
    "wire.oauth_google._PATIENCE": "seconds",
    "wire.smtp._MAILS_A_CONNECTION": "when a connection is replaced",
    "wire.smtp_session._AT_ONCE": "milliseconds",
    "wire.smtp_session._BLOCK": _BATCHES,
    "wire.webhook._ANSWER_CAP": "far more than is told of it, which wire.webhook._TOLD_CAP cuts",
}
#: Where mails, and what people write in them, are read, kept and looked up, and what follows from them is shown.
_READERS = (
    mailticket.mime,
    mailticket.triage,
    mailticket.law,
    mailticket.letters,
    mailticket.domain,
    mailticket.children,
    mailticket.wire,
    mailticket.store,
    mailticket.desk,
    mailticket.web,
    conditions,
    sandbox,
)
_LARGE = 300  # counts of a pattern from here on bound what is read; smaller ones describe what is looked for

_by_cap = pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.cap)


@_by_cap
def test_exactly_as_much_as_the_cap_allows_is_read_whole(edge: Edge) -> None:
    found = edge.read(edge.size)
    assert (found.count, tuple(found.said)) == (edge.size, ())


@_by_cap
def test_of_more_than_the_cap_allows_the_rest_is_left_out(edge: Edge) -> None:
    found = edge.read(edge.size + edge.by)
    assert found.count == (edge.size if edge.beyond is None else edge.beyond)
    said = [one for one in found.said if edge.said and one.startswith(edge.said)]
    assert len(said) == len(found.said) == bool(edge.said), found.said


def _modules(reader: ModuleType) -> Iterator[ModuleType]:
    """The module itself, and those inside it if it is a package."""
    yield reader
    for found in pkgutil.walk_packages(getattr(reader, "__path__", ()), f"{reader.__name__}."):
        yield importlib.import_module(found.name)


def _own_names(module: ModuleType) -> Iterator[str]:
    """The constants that the module itself sets. What is written as 0x... is a format's own number."""
    source = Path(str(module.__file__)).read_text()
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            continue
        if "0x" in "".join(lines[statement.lineno - 1 : statement.end_lineno]):
            continue
        for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (name.id for name in names if isinstance(name, ast.Name))


def _bounds(value: object) -> bool:
    if isinstance(value, re.Pattern):
        return highest_count(value) >= _LARGE
    return isinstance(value, int) and not isinstance(value, bool) and value > 1


def _caps(reader: ModuleType) -> Iterator[str]:
    for module in _modules(reader):
        name = module.__name__.removeprefix("mailticket.")
        yield from (f"{name}.{one}" for one in _own_names(module) if _bounds(getattr(module, one)))


def test_every_number_that_could_be_a_cap_has_its_edge_tested_or_is_known_to_be_none() -> None:
    tested = {edge.cap for edge in EDGES}
    found = {cap for reader in _READERS for cap in _caps(reader)}
    assert [one for one in found - tested if not any(one.startswith(known) for known in NO_CAPS)] == []
    of_readers = tuple(reader.__name__.removeprefix("mailticket.") for reader in _READERS)
    gone = [one for one in tested - found if one.startswith(of_readers) and not one.endswith("_REFERENCES_FIRST")]
    assert gone == []
    assert [one for one in NO_CAPS if not any(cap.startswith(one) for cap in found)] == []
