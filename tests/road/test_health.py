"""A running desk's /healthz: red while a server is away or refuses it, green again by itself."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from tests.road.desk import CARLA, Desk
from tests.servers.programs import free_port


def troubles(port: int) -> tuple[int, list[str]]:
    """The status of /healthz, and the kinds of what is wrong."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, body = error.code, error.read()
    return status, [one["kind"] for one in json.loads(body)["troubles"]]


def test_health_is_red_while_a_server_is_away_or_refuses_us_and_green_after(idle_desk: Desk) -> None:
    desk, port = idle_desk, free_port()
    desk.sections = f'[web]\nlisten = "127.0.0.1:{port}"\n'
    desk.write_config(smtp_port=str(free_port()))
    desk.start()
    desk.arrive(desk.mail(CARLA, "First", "Hello"))
    desk.wait(lambda: troubles(port) == (503, ["smtp-down"]), 30, "a relay that is away")
    desk.write_config(password="wrong")
    desk.hang_up()
    desk.wait(lambda: troubles(port) == (503, ["imap-refused"]), 30, "a mailbox that refuses us")
    desk.write_config()
    desk.hang_up()
    desk.wait(lambda: troubles(port) == (200, []), 30, "a well desk")
