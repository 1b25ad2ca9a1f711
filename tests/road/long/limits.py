"""A daemon that may open no file more: it lives on, says so, and goes on by itself when it may again."""

from __future__ import annotations

import resource
import time

from tests.road.desk import CARLA, Desk


def test_out_of_file_descriptors_it_lives_on_and_recovers(idle_desk: Desk) -> None:
    desk = idle_desk
    desk.start()
    desk.arrive(desk.mail(CARLA, "Before", "Hello"))
    desk.settled(1)
    usual = resource.prlimit(desk.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(desk.pid, resource.RLIMIT_NOFILE, (3, usual[1]))
    said = len(desk.log)
    desk.sink.stop()  # so that a new connection is needed
    desk.sink.start()
    for number in range(3):
        desk.arrive(desk.mail(f"c{number}@many.example", "Meanwhile", "Hello"))
    desk.wait(lambda: "Too many open files" in desk.log[said:], 20, "an error")
    time.sleep(5)  # the trouble lasts
    resource.prlimit(desk.pid, resource.RLIMIT_NOFILE, usual)
    desk.arrive(desk.mail("last@many.example", "After", "Hello"))
    assert [one["outcome"] for one in desk.settled(5)] == ["opened"] * 5
    desk.sink.wait_for_mail(to="last@many.example", timeout=120)
    desk.sink.wait_for_mail(to="c2@many.example", timeout=120)
    assert desk.stop() == 0 and len(desk.sink.mails) == 10
