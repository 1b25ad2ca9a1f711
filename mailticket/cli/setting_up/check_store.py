"""The database as `check` sees it, and what the last collected mails tell about trust."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator

from mailticket.cli.opened import is_made, store_of
from mailticket.cli.setting_up.finding import Finding, failed, ok, warning
from mailticket.config.models import Config, Service
from mailticket.errors import MailticketError
from mailticket.mime import auth_results, headers
from mailticket.store import inbox
from mailticket.store.database import Store
from mailticket.store.files import blobs
from mailticket.store.privacy import masking

#: How many of the last mails are looked at for Authentication-Results.
_LAST = 200
_HEAD = 1 << 16


def database(config: Config) -> Iterator[Finding]:
    """Is it there, safe, and of this version? Then: whom does each service believe?"""
    store = store_of(config)
    if not is_made(store):
        yield ok("database", f"SQLite in {store.path}, made at the first start")
        for service in config.service:
            yield _trust(service, Counter())
        return
    store.open()
    try:
        with store.connection():
            store.check_schema()
            kind = "PostgreSQL, durable" if store.is_postgres else f"SQLite in {store.path}, WAL, durable"
            yield ok("database", kind)
            yield _files(store)
            shunted = len(inbox.list_items(state="shunted"))
            if shunted:
                fix = "See `mailticket inbox list --state shunted`, then `mailticket inbox retry`."
                yield warning("inbox", f"{shunted} set aside after a failure of ours", fix)
            seen = _seen_servers()
        for service in config.service:
            yield _trust(service, seen.get(service.name, Counter()))
    finally:
        store.close()


def _files(store: Store) -> Finding:
    """Can a file be put where large ones lie, read again and removed?"""
    probe = secrets.token_bytes(64)
    name = hashlib.sha256(probe).hexdigest()
    place = store.data / "files" if store.files == "local" else store.files
    try:
        depot = store.depot()
        depot.unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = depot.unfinished / f"check-{name}"
        path.write_bytes(probe)
        depot.keep(name, path)
        found = b"".join(depot.read(name) or ())
        depot.remove(name)
    except MailticketError as error:
        return failed("files", error.what, error.fix)
    if found != probe:
        return failed("files", f"{place} gave back other bytes than it was given", "Do not keep mail there.")
    return ok("files", f"{place}, written, read and removed")


def _seen_servers() -> dict[str, Counter[str]]:
    """By service, the ids in the topmost Authentication-Results of the last mails, and how often each."""
    seen: dict[str, Counter[str]] = {}
    for item in inbox.list_items(limit=_LAST):
        if masking.is_sealed(item.id):
            continue  # something in it is masked
        try:
            raw = blobs.get(item.blob)
        except MailticketError:
            continue  # the bytes of an old mail may be gone by retention; the others tell enough
        results = auth_results.read(headers.read(raw[:_HEAD]))
        seen.setdefault(item.service, Counter())[results[0].server if results else ""] += 1
    return seen


def _trust(service: Service, seen: Counter[str]) -> Finding:
    """Whom a service takes for a CSR, and whether the config names the server that vouches for them."""
    what = f"{service.name}: trust"
    ids = sorted(one for one in seen if one)
    told = f"the last mails carry {', '.join(ids)}" if ids else "the last mails carry no Authentication-Results"
    said = f"{service.trust}; {told if seen else 'no mail seen yet'}"
    if service.trust == "address":
        return warning(what, f"{said}; anybody can write as a CSR", 'Set trust = "verified".')
    if service.authserv_ids and ids and not set(service.authserv_ids) & set(ids):
        named = ", ".join(service.authserv_ids)
        return failed(what, f"{said}, never the configured {named}", f"Set authserv_ids to your own server's: {ids}.")
    if not service.authserv_ids and ids:
        fix = f"If it is your own mail server's, set authserv_ids = {ids}.".replace("'", '"')
        return warning(what, f"{said}; only replies to our letters count as a CSR's", fix)
    return ok(what, said)
