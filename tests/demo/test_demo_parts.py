"""The demo's config file, its cast at work, and what stops it before it starts."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from mailticket import settings
from mailticket.demo import run as demo_run
from mailticket.demo.actors import Actors
from mailticket.demo.cast import ANN, BO, CARLA, PEOPLE, SUPPORT, Answer, Person, Scene
from mailticket.demo.mail import Mail
from mailticket.demo.mailbox import Mailbox
from mailticket.demo.settings_file import Ports, config_text
from mailticket.demo.writing import Draft
from mailticket.errors import Permanent
from tests.servers import programs

MailboxOf = Callable[[Person], Mailbox]
SOON = timedelta(seconds=0.05)
LEAK = Draft((ANN.address,), "[#7F3K-9QXM] A leak", "It leaks.")


def everybody(mailbox_of: MailboxOf) -> dict[Person, Mailbox]:
    return {person: mailbox_of(person) for person in PEOPLE}


def received(mailbox: Mailbox) -> list[Mail]:
    return [one for one in mailbox.mails() if one.folder == "INBOX"]


@pytest.mark.parametrize("folder", ["data", 'with "quotes" and a \\', "ümlaut"])
def test_the_config_is_one_that_the_product_carries_out_whole(tmp_path: Path, folder: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(config_text(tmp_path / folder, Ports(1143, 1025, 8025)), encoding="utf-8")
    config = settings.load(path)
    assert config.mailticket.data == str(tmp_path / folder)
    assert settings.not_yet(config) == []
    (service,) = config.service
    assert (service.address, service.imap.port, service.smtp.port) == (SUPPORT.address, 1143, 1025)
    assert (config.web.place, config.web.url) == (("127.0.0.1", 8025), "http://127.0.0.1:8025")
    assert [one.key for one in config.members(service.first_level)] == [ANN.address.key, BO.address.key]


def test_a_scene_is_played_at_its_time(mailbox_of: MailboxOf) -> None:
    actors = Actors(everybody(mailbox_of), [Scene(SOON, CARLA, LEAK)], ())
    actors.start()
    programs.wait_until(lambda: len(received(mailbox_of(ANN))) == 1, 5, "Carla's mail")
    actors.stop()
    (mail,) = received(mailbox_of(ANN))
    assert (mail.sender, mail.subject) == (CARLA.address, LEAK.subject)


def test_whoever_gets_the_case_gives_the_answer(mailbox_of: MailboxOf) -> None:
    mailbox_of(CARLA).send(LEAK)
    actors = Actors(everybody(mailbox_of), (), [Answer(SOON, "A leak", "Sorry!")])
    actors.start()
    programs.wait_until(lambda: len(received(mailbox_of(CARLA))) == 1, 5, "an answer")
    actors.stop()
    (answer,) = received(mailbox_of(CARLA))
    assert (answer.sender, answer.subject) == (ANN.address, "RE: [#7F3K-9QXM] A leak")


def test_nobody_answers_what_the_visitor_answered_first(mailbox_of: MailboxOf) -> None:
    mailbox_of(CARLA).send(LEAK)
    ann = mailbox_of(ANN)
    (mail,) = ann.mails()
    actors = Actors(everybody(mailbox_of), (), [Answer(timedelta(seconds=0.5), "A leak", "Sorry!")])
    actors.start()
    ann.send(Draft((CARLA.address,), "RE: A leak", "I am the visitor."), mail.id)
    actors.wait()
    assert [one.text.splitlines()[0] for one in received(mailbox_of(CARLA))] == ["I am the visitor."]


def test_the_cast_stops_at_once_in_the_middle_of_the_play(mailbox_of: MailboxOf) -> None:
    actors = Actors(everybody(mailbox_of), [Scene(timedelta(hours=1), CARLA, LEAK)], ())
    actors.start()
    actors.stop()
    assert received(mailbox_of(ANN)) == []


def test_without_its_extra_the_demo_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_run, "find_spec", lambda name: None if name == "pymap" else object())
    with pytest.raises(Permanent, match=r"The demo needs pymap\. Install it with: pip install 'mailticket\[demo\]'"):
        demo_run.run()


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Permanent, match="cannot be used"):
        demo_run.run(keep=tmp_path / "file")


def test_a_busy_port_is_told_before_the_desk_is_built(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Permanent, match="is in use"):
            demo_run.run(port=taken.getsockname()[1], keep=tmp_path / "new")
    assert not (tmp_path / "new" / "data").exists()
