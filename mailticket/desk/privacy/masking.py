"""Masking: words that nobody needs to read become *** in a whole case; what was there is sealed under its key. I/O.

Raw mails are sealed as a whole: their words stand there in forms that no search finds (base64, other charsets).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from mailticket.desk.privacy.records import Records, Request, leave_no_trace, refuse_while_indexing
from mailticket.domain.case import Case, Entry, EntryKind, Words
from mailticket.domain.people import Actor
from mailticket.errors import Conflict, Permanent, Refused
from mailticket.law.discretion import personal
from mailticket.law.discretion.mask import is_maskable, mask_html, mask_text
from mailticket.mime import compose
from mailticket.mime.octets import encoded_words
from mailticket.mime.outgoing import outgoing_headers
from mailticket.store import cases, entries
from mailticket.store.by_hand import acts
from mailticket.store.engine.locking import repeated
from mailticket.store.files import blobs
from mailticket.store.privacy import masking, vault
from mailticket.store.privacy.masking import Written

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What to mask: `words` of an entry, or (`found`) what looks like personal data there. Entry 0: any of the case."""

    entry: int
    words: tuple[str, ...] = ()
    found: bool = False


@dataclass(frozen=True, slots=True)
class Masked:
    """What was masked: how many different words, in which entries, in how many letters and stored mails.

    `kinds` names what was found by its form; `left` is why traces may be left, "" if there are none.
    """

    words: int
    kinds: tuple[str, ...]
    entries: tuple[int, ...]
    letters: int
    mails: int
    left: str = ""


@repeated
def mask(records: Records, case_id: str, choice: Choice, request: Request) -> Masked:
    """The words are *** in every entry, letter, search and export of the case from now on, and its raw mails sealed.

    Raises Refused for words that are not there or cannot be told from others; nothing is changed then.
    """
    for one in choice.words:
        if not is_maskable(one):
            raise Refused(f'"{one}" cannot be told from other words.', "Name at least two letters or digits.")
    for attempt in range(_TRIES):
        try:
            with records.store.connection():
                refuse_while_indexing()
                masked = _once(records, case_id, choice, request)
            return replace(masked, left=leave_no_trace(records))
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _once(records: Records, case_id: str, choice: Choice, request: Request) -> Masked:
    """The sealed mails are on disk before the transaction that names them; without it they are named by nobody."""
    now, case = records.clock(), _case(case_id)
    with records.store.transaction():
        seal = vault.seal_of(records.keys, case.key, now)
    words, kinds = _wanted(records, case, masking.written(case.key), choice)
    affected = [one.number for one in masking.written(case.key) if _is_changed(one, words)]
    if not affected:
        raise Refused("None of this stands in the case as whole words.", "See `mailticket case show`.")
    stored = masking.mails(masking.with_merged(case), affected)
    sealed = {one.id: blobs.put(seal.close(masking.raw(one), f"inbox:{one.id}")) for one in stored}
    with records.store.transaction():
        cases.lock([case.id])
        case = cases.change(cases.load([case.id])[case.id], {"updated_at": case.updated_at})
        done = _entries(seal, masking.written(case.key), words)
        if {one.id for one in masking.mails(masking.with_merged(case), done)} - sealed.keys():
            raise Conflict(f"Case {case.id} got another mail with these words in the meantime.")
        change = partial(mask_text, words=words)
        for one in stored:
            masking.put_sealed(one, seal, sealed[one.id], change, now)
        letters = masking.change_letters(case.key, partial(_letter, words))
        masking.change_rest(case, change)
        masked = Masked(len(words), kinds, tuple(done), letters, len(stored))
        _tell(case, masked, request, records)
        masking.index_anew(cases.load([case.id])[case.id], [one.id for one in masking.written(case.key)])
    return masked


def unmask(records: Records, case_id: str, entry: int, request: Request) -> dict[str, str]:
    """What the entry said before anything in it was masked: "text", "html", "whole", "subject", to be shown to staff.

    That it was asked for, by whom and why, is on disk before anybody sees it. Raises Refused if nothing is masked.
    """
    with records.store.connection():
        case = _case(case_id)
        found = entries.entry(case.key, entry)
        plain = vault.entry(records.keys, found.id)
        if plain is None:
            raise Refused(f"Nothing is masked in entry {entry} of case {case.id}.", "See `mailticket case show`.")
        with records.store.transaction():
            event = f"{request.name} looked at what is masked in entry {entry}: {request.why}"
            _event(case, event, request.by, records)
            acts.record(f"case:{case.id}", "unmask", request.name, f"entry {entry}: {request.why}", records.clock())
    shown = json.loads(plain.decode("utf-8", "surrogatepass"))
    return {name: str(value) for name, value in shown.items() if name != "files"}


def _case(case_id: str) -> Case:
    found = cases.standing([case_id]).get(case_id)
    if found is None:
        raise Permanent(f"There is no case {case_id}.", "`mailticket case list` has them all.")
    return found


def _wanted(
    records: Records, case: Case, said: Sequence[Written], choice: Choice
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words to mask, and what kinds of personal data are among them."""
    looked_at = [one for one in said if choice.entry in (0, one.number)]
    if not looked_at:
        raise Permanent(f"The case has no entry {choice.entry}.")
    missing = [one for one in choice.words if not any(_is_changed(entry, (one,)) for entry in looked_at)]
    if missing:
        raise Refused(f'"{missing[0]}" does not stand there as whole words.', "Copy it from `mailticket case show`.")
    service = records.config.service_named(case.service)
    patterns = service.holds.personal_patterns if service else ()
    found = [
        (one.kind, text[one.start : one.end])
        for entry in looked_at
        for text in entry.columns.values()
        for one in (personal.find(text, patterns) if choice.found else ())
    ]
    words = dict.fromkeys((*choice.words, *(text for _, text in found)))
    if not words:
        raise Refused("No personal data was found there.", "Name the words that are to be masked.")
    return tuple(words), tuple(dict.fromkeys(kind for kind, _ in found))


def _is_changed(entry: Written, words: Sequence[str]) -> bool:
    return _masked(entry, words) != (entry.columns, entry.files)


def _masked(entry: Written, words: Sequence[str]) -> tuple[dict[str, str], dict[int, str]]:
    columns = {name: (mask_html if name == "html" else mask_text)(text, words) for name, text in entry.columns.items()}
    return columns, {id: mask_text(name, words) for id, name in entry.files.items()}


def _entries(seal: vault.Seal, said: Sequence[Written], words: Sequence[str]) -> list[int]:
    """The numbers of the entries that were changed."""
    changed = [one for one in said if _is_changed(one, words)]
    for one in changed:
        masking.keep(seal, one, *_masked(one, words))
    return [one.number for one in changed]


def _letter(words: Sequence[str], frozen: str) -> str:
    """A frozen letter with the words masked; the same letter if it has none of them."""
    letter = compose.thaw(frozen)
    headers = tuple((name, _header(value, words) if name == "Subject" else value) for name, value in letter.headers)
    files = tuple(replace(one, name=mask_text(one.name, words)) for one in letter.files)
    text, html = mask_text(letter.text, words), mask_html(letter.html, words)
    changed = replace(letter, headers=headers, text=text, html=html, files=files)
    return frozen if changed == letter else compose.freeze(changed)


def _header(value: str, words: Sequence[str]) -> str:
    plain = encoded_words.decode(value.encode())
    masked = mask_text(plain, words)
    return value if masked == plain else outgoing_headers.write_text(masked)


def _tell(case: Case, masked: Masked, request: Request, records: Records) -> None:
    what = f"{', '.join(masked.kinds) or 'words'} masked in entry {', '.join(map(str, masked.entries))}"
    _event(case, f"{request.name}: {what}: {request.why}", request.by, records)
    acts.record(f"case:{case.id}", "mask", request.name, f"{what}: {request.why}", records.clock())


def _event(case: Case, text: str, by: Actor, records: Records) -> None:
    csr = by.csr if by.is_csr else ""
    event = Entry(0, 0, EntryKind.EVENT, records.clock(), by.address, Words(text), csr=csr, door=by.door)
    entries.add_entry(case, event)
