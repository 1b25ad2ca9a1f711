"""`mailticket reconcile` beside a running daemon: what an older database has forgotten is found and taken in again."""

from __future__ import annotations

from mailticket.store.database import Store
from mailticket.store.tables.mail_tables import Inbox
from tests.road.desk import CARLA, Desk


def test_what_the_database_forgot_is_told_and_comes_back_from_processed(idle_desk: Desk) -> None:
    desk = idle_desk
    desk.start()
    desk.arrive(desk.mail(CARLA, "First", "Hello"))
    desk.settled(1)
    desk.wait(lambda: desk.ask("reconcile", "--dry-run")[0]["to_move"] == 0, 10, "the mail to be moved")
    store = Store("sqlite", desk.folder / "data")
    store.open()
    with store.connection():
        Inbox.delete().execute()
    store.close()
    (told,) = desk.ask("reconcile", "support", "--dry-run")
    assert (told["lost_in_processed"], told["lost"], told["trouble"]) == (1, 0, "")
    assert desk.ask("reconcile")[0]["lost_in_processed"] == 1
    desk.settled(1)
    assert desk.ask("reconcile", "--dry-run")[0]["lost_in_processed"] == 0
