"""The board: what is wrong and since when, asked at most once a second, telling monitors nothing private."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import pytest

from mailticket import health
from mailticket.health import Board, Sample, Wrong, sentence

DOWN = Wrong("imap-down", "support", "mx.example.com: carla@customer.example refused")


class Probe:
    """Finds what a test puts there."""

    def __init__(self, *found: Wrong | Sample) -> None:
        self.found: Iterable[Wrong | Sample] = found
        self.asked = 0

    def __call__(self) -> Iterable[Wrong | Sample]:
        self.asked += 1
        return self.found


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_FOR", -1.0)


def test_a_trouble_keeps_its_beginning_until_it_is_over() -> None:
    probe = Probe(DOWN)
    board = Board([probe])
    (first,), (second,) = board.troubles(), board.troubles()
    assert first == second and first.wrong == DOWN
    probe.found = ()
    assert board.troubles() == board.last == ()


def test_who_asks_often_is_told_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_FOR", 60.0)
    probe = Probe(DOWN)
    board = Board([probe])
    assert board.troubles() == board.troubles() and probe.asked == 1


def test_a_probe_that_breaks_is_what_is_wrong_and_the_others_are_heard() -> None:
    def breaks() -> Iterable[Wrong]:
        raise ValueError("no")

    assert [one.wrong.kind for one in Board([breaks, Probe(DOWN)]).troubles()] == ["worker-failing", "imap-down"]


def test_a_look_that_hangs_makes_nobody_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    hangs, go_on = threading.Event(), threading.Event()

    def hanging() -> Iterable[Wrong]:
        hangs.set()
        go_on.wait(20)
        return ()

    board = Board([hanging])
    looker = threading.Thread(target=board.troubles)
    looker.start()
    hangs.wait(20)
    assert [one.wrong.kind for one in board.troubles()] == ["database-away"]
    go_on.set()
    looker.join()
    assert board.troubles() == ()


def test_the_figures_have_the_names_that_monitors_know() -> None:
    health.count_mail("support", "opened")
    health.count_letter("support", "human", "sent")
    health.count_suppressed("support", "ack-budget")
    samples = (
        Sample("inbox_shunted", 3),
        Sample("outbox_oldest_seconds", 9.5, {"kind": "human", "service": "support"}),
    )
    text = Board([Probe(*samples, DOWN)]).metrics().decode()
    for line in (
        "mailticket_inbox_shunted 3.0",
        'mailticket_outbox_oldest_seconds{kind="human",service="support"} 9.5',
        'mailticket_trouble{kind="imap-down",of="support"} 1.0',
        'mailticket_mails_total{outcome="opened",service="support"}',
        'mailticket_letters_total{end="sent",kind="human",service="support"}',
        'mailticket_suppressed_total{reason="ack-budget",service="support"}',
    ):
        assert line in text
    assert "carla" not in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((), "watching 2 mailboxes; all is well"),
        ((DOWN,), "A mailbox cannot be reached (support)"),
        ((DOWN, Wrong("disk-low", "", "x")), "A mailbox cannot be reached (support), and 1 more"),
    ],
)
def test_systemd_is_told_in_one_sentence(wrong: tuple[Wrong, ...], said: str) -> None:
    assert sentence(Board([Probe(*wrong)]).troubles(), 2) == said
