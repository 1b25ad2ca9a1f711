"""Letters are kept packed: the same to the byte wherever they are read, also those from before there was packing."""

from __future__ import annotations

import json
import secrets

import pytest

from mailticket.errors import Permanent
from mailticket.mime import compose
from mailticket.store import outbox
from mailticket.store.database import Store
from mailticket.store.operation import packing_up
from mailticket.store.tables.mail_tables import PackingProgress
from mailticket.writing.packing import packed, unpacked
from tests.store.rows import NOW, letter, skeleton

TEXTS = (
    "", "x", "z", "z1", "z1:", "z1:AAAA", "z9:", "zz:" * 50, "é", "打印机" * 90, "a" * 99, "a" * 100, "\r\n" * 200,
    json.dumps({"text": secrets.token_hex(5000)}), "🔥" * 100_000,
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{len(text)} {text[:8]!r}")
def test_what_is_unpacked_is_what_was_packed(text: str) -> None:
    assert unpacked(packed(text)) == text


def test_a_letter_shrinks_by_what_all_letters_say() -> None:
    frozen = skeleton(
        "Your answer", "<p>" + "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;" * 9
    )
    assert len(packed(frozen)) < len(frozen) / 3 and packed(frozen).isascii()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:-8], "damaged"),
        (lambda text: text[:40] + "A" * 8 + text[48:], "damaged"),
        (lambda text: text + "=", "damaged"),
        (lambda text: "z9:" + text[3:], "newer mailticket"),
    ],
)
def test_what_was_damaged_or_is_newer_is_told(damage: object, said: str) -> None:
    assert callable(damage)
    with pytest.raises(Permanent, match=said):
        unpacked(damage(packed(skeleton("Hello " * 60))))


def kept(store: Store) -> list[str]:
    """The skeletons as the database has them."""
    return [row[0] for row in store.engine.execute_sql("SELECT skeleton FROM outbox ORDER BY id").fetchall()]


def test_a_letter_is_kept_packed_and_read_whole(store: Store) -> None:
    frozen = skeleton("We send you a new one. " * 20, "<p>We send one</p>")
    id = outbox.post(letter(skeleton=frozen), NOW)
    assert id and outbox.get(id).skeleton == frozen and kept(store)[0].startswith("z1:")
    assert compose.thaw(outbox.get(id).skeleton).html == "<p>We send one</p>"


def test_letters_from_before_are_packed_step_by_step_and_say_the_same(store: Store) -> None:
    texts = [skeleton(f"Letter {number} " * 40) for number in range(5)]
    ids = [outbox.post(letter(skeleton=text), NOW) for text in texts]
    for id, text in zip(ids, texts, strict=True):
        store.engine.execute_sql(f"UPDATE outbox SET skeleton = {store.engine.param} WHERE id = {id}", (text,))
    PackingProgress.update(done=0, last=max(filter(None, ids))).execute()
    assert kept(store) == texts == [outbox.get(id).skeleton for id in ids if id]
    assert [packing_up.pack(2) for _ in range(4)] == [2, 2, 1, 0]
    assert kept(store) == [packed(text) for text in texts] and [outbox.get(id).skeleton for id in ids if id] == texts


def test_what_was_packed_and_not_committed_is_packed_again(store: Store) -> None:
    id = outbox.post(letter(skeleton=skeleton("Zanzibar " * 40)), NOW)
    PackingProgress.update(done=0, last=id).execute()
    with pytest.raises(ZeroDivisionError), store.transaction():
        packing_up.pack(10)
        raise ZeroDivisionError
    assert PackingProgress.get().done == 0 and packing_up.pack(10) == 1
