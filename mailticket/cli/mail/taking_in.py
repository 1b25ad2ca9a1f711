"""Mails from files and pipes into the inbox: stored first, then noted, each under a key made of its bytes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from mailticket.cli.show import Progress
from mailticket.config.models import Config, Service
from mailticket.domain.case import Channel
from mailticket.domain.mail import FirstLook
from mailticket.errors import Permanent
from mailticket.mime import headers
from mailticket.mime.first_look import look
from mailticket.store import inbox
from mailticket.store.files import blobs
from mailticket.triage.fresh import commanding, is_fresh

STDIN = Path("-")
#: What is stored in one commit, and what of a mail is held in memory (longer ones are streamed to the store).
BATCH = 50
IN_MEMORY = 1 << 20
#: Where an MTA writes whom it delivers to, the surest first, and then what the sender wrote.
_RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc")


@dataclass(frozen=True, slots=True)
class TakenIn:
    """One mail: its inbox id, None if the same bytes were known already or `trouble` says why it was not taken.
    `order` is what its header tells about its place in the order of mails."""

    file: str
    service: str = ""
    sha256: str = ""
    size: int = 0
    id: int | None = None
    trouble: str = ""
    order: FirstLook = field(default_factory=FirstLook)


def service_named(config: Config, name: str, *, must_be_known: bool) -> Service | None:
    """The service that a mail is for, None if each mail's own addresses must tell."""
    if not name:
        return config.service[0] if len(config.service) == 1 else None
    found = config.service_named(name)
    if found is None:
        known = f"The services are: {', '.join(one.name for one in config.service) or 'none'}."
        if must_be_known:
            raise click.BadParameter(f"there is no service {name}. {known}", param_hint="--service")
        raise Permanent(f"There is no service {name}.", known)
    return found


def take_in(config: Config, files: Sequence[Path], service: Service | None, progress: Progress) -> Iterator[TakenIn]:
    """Store each mail and note it in the inbox; one that cannot be read or is for nobody here keeps no other out.

    The key holds the service and the digest, so an MTA or an admin may repeat what was interrupted; the same bytes
    named twice in one call are two mails.
    """
    seen: Counter[tuple[str, str]] = Counter()
    staff = commanding(config)
    done = 0
    for batch in _batches(files):
        read = _stored(config, batch, service)
        stored = [one for one in read if not one.trouble]
        now = datetime.now(UTC)
        ids = inbox.take([_arrival(one, seen, now, staff) for one in stored], now)
        yield from (one for one in read if one.trouble)
        yield from (replace(one, id=number) for one, number in zip(stored, ids, strict=True))
        done += len(batch)
        progress(done, len(files), "taking in mails")


def _batches(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(files), BATCH):
        yield files[start : start + BATCH]


def _stored(config: Config, files: Sequence[Path], service: Service | None) -> list[TakenIn]:
    """Every mail of a batch durable: the small ones in one commit, each long one streamed."""
    small: list[bytes] = []
    read: list[TakenIn] = []
    for path in files:
        try:
            with click.open_file(str(path), "rb") as stream:
                read.append(_read(config, path, stream, service, small))
        except OSError as error:
            read.append(TakenIn(str(path), trouble=f"cannot be read: {error.strerror}"))
    blobs.put_many(small)
    return read


def _read(config: Config, path: Path, stream: IO[bytes], service: Service | None, small: list[bytes]) -> TakenIn:
    """Read one mail: into `small` if it is not long, else straight into the store."""
    beginning = stream.read(IN_MEMORY + 1)
    if not beginning.strip():
        return TakenIn(str(path), trouble="is empty")
    found = service or service_in(config, beginning)
    if found is None:
        return TakenIn(str(path), trouble="is addressed to none of the services; name one with --service")
    if len(beginning) > IN_MEMORY:
        return replace(_streamed(path, found.name, beginning, stream), order=look(beginning))
    small.append(beginning)
    return TakenIn(str(path), found.name, hashlib.sha256(beginning).hexdigest(), len(beginning), order=look(beginning))


def _streamed(path: Path, service: str, beginning: bytes, stream: IO[bytes]) -> TakenIn:
    with blobs.Writer() as writer:
        writer.write(beginning)
        while chunk := stream.read(IN_MEMORY):
            writer.write(chunk)
    return TakenIn(str(path), service, writer.sha256, writer.size)


def service_in(config: Config, beginning: bytes) -> Service | None:
    """The service that a mail's header names, None if there is none."""
    view = headers.read(beginning[: 1 << 16])
    for header in _RECIPIENTS:
        for address in view.addresses(header):
            found = next((one for one in config.service if address.key in one.keys), None)
            if found:
                return found
    return None


def _arrival(one: TakenIn, seen: Counter[tuple[str, str]], now: datetime, staff: Collection[str]) -> inbox.Arrival:
    occurrence = seen[one.service, one.sha256]
    seen[one.service, one.sha256] += 1
    return inbox.Arrival(
        source="ingest",
        source_key=f"{one.service}/{one.sha256}/{occurrence}",
        service=one.service,
        channel=Channel.MAIL,
        blob=one.sha256,
        size=one.size,
        received_at=now,
        is_fresh=is_fresh(one.order, staff),
        from_key=one.order.from_key,
    )
