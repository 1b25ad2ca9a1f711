"""Daemons that send the same letters step by step, in an order by lot, each taken for dead now and then."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from mailticket.domain.decision import SendKind
from mailticket.errors import Conflict
from mailticket.store import outbox, outbox_claims, outbox_ends
from mailticket.store.by_hand import stuck_letters
from mailticket.store.database import Store
from mailticket.store.outbox_ends import Taken
from tests.store.rows import NOW, posted

_OWNERS = ("a:1:1", "b:2:2", "c:3:3")
_STEPS = 80


@dataclass
class World:
    """The letters, the relay that counts its copies, and the clock of all."""

    chance: random.Random
    now: datetime = NOW
    copies: Counter[int] = field(default_factory=Counter)
    fates: tuple[str, ...] = ("taken", "taken", "not seen", "later", "dies")

    def daemon(self, owner: str) -> Generator[None]:
        """One round after the other, for ever: it rests after each step, and others act meanwhile."""
        while True:
            for item in outbox_claims.claim("support", owner, self.now, limit=2):
                yield
                yield from self._sent(item.id, item.attempts, owner)
            yield

    def _sent(self, id: int, attempt: int, owner: str) -> Generator[None]:
        if outbox_ends.note(owner, self.now, final_dot=[id]):
            return  # somebody has taken it over
        yield
        fate = self.chance.choice(self.fates)
        self.copies[id] += fate in ("taken", "not seen")
        yield
        try:
            if fate == "taken":
                outbox_ends.note(owner, self.now, taken=[Taken(id, attempt, "250 ok")])
            elif fate == "not seen":
                outbox_ends.unknown(id, owner, "the line broke", self.now)
            elif fate == "later":
                outbox_ends.deferred(id, owner, "451 later", self.now)
        except Conflict:
            return

    def somebody_acts(self, daemons: dict[str, Generator[None]]) -> None:
        act = self.chance.choice(["step"] * 8 + ["taken for dead", "time passes"])
        if act == "step":
            next(daemons[self.chance.choice(_OWNERS)])
        elif act == "time passes":
            self.now += timedelta(minutes=self.chance.choice([1, 16, 120]))
            stuck_letters.recover(None, self.now)
        else:
            dead = self.chance.choice(_OWNERS)
            stuck_letters.recover(lambda owner: owner == dead, self.now)


@pytest.mark.parametrize("seed", range(12))
def test_whoever_is_taken_for_dead_when_no_letter_is_lost_and_none_sent_more_often_than_it_may(
    sqlite_store: Store, seed: int
) -> None:
    world = World(random.Random(seed))
    kinds = [SendKind.HUMAN, SendKind.NOTIFY, SendKind.AUTO]
    ids = {posted(kind=kind): kind for kind in kinds}
    daemons = {owner: world.daemon(owner) for owner in _OWNERS}
    sqlite_store.engine.execute_sql("PRAGMA synchronous = off")  # it is about order, not about the disk
    for _ in range(_STEPS):
        world.somebody_acts(daemons)
    for _ in range(_STEPS):  # then nothing goes wrong any more
        world.fates = ("taken",)
        world.now += timedelta(minutes=16)
        stuck_letters.recover(None, world.now)
        for owner in _OWNERS * 3:
            next(daemons[owner])
    for id, kind in ids.items():
        row = outbox.get(id)
        most = 1 if kind is SendKind.AUTO else 1 + row.unknowns
        assert row.state in ("sent", "maybe_sent") and world.copies[id] <= most
        assert world.copies[id] >= 1 or (row.state == "maybe_sent" and row.unknowns)
