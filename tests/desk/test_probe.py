"""The daily look: an account that was closed is told, and a secret's last days are counted down, once each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import SecretStr

from mailticket.config.models import Imap, OAuth, Smtp
from mailticket.desk.watching import probe
from mailticket.store.operation import alarms
from tests import cast
from tests.desk.house import House
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.smtp_sink import SmtpSink


def told(house: House) -> list[tuple[str, str]]:
    """Key and text of the alarms that nobody was told of yet, the oldest first."""
    return house.in_store(lambda: [(one.key, one.text) for one in alarms.untold(house.clock() + timedelta(days=99))])


def test_every_account_is_logged_in_to_and_those_refused_are_told(
    house: House, dovecot: Dovecot, fresh_user: str, smtp_sink: SmtpSink
) -> None:
    good = Imap(host="127.0.0.1", port=dovecot.port, security="none", username=fresh_user, password=SecretStr(PASSWORD))
    relay = Smtp(host="127.0.0.1", port=smtp_sink.port, security="none")
    house.with_config(cast.config(cast.service(imap=good, smtp=relay)))
    assert probe.probe_accounts(house.office) == 0 and told(house) == []
    bad = good.model_copy(update={"password": SecretStr("wrong")})
    house.with_config(cast.config(cast.service(imap=bad, smtp=relay)))
    assert probe.probe_accounts(house.office) == 1
    [(key, text)] = told(house)
    assert key == "imap-refused:support" and "password" in text and "wrong" not in text


def test_a_server_that_is_down_is_no_refusal(house: House, smtp_sink: SmtpSink) -> None:
    relay = Smtp(host="127.0.0.1", port=smtp_sink.port, security="none")
    gone = Imap(host="127.0.0.1", port=1, security="none", username="x", password=SecretStr("x"))
    house.with_config(cast.config(cast.service(imap=gone, smtp=relay)))
    assert probe.probe_accounts(house.office) == 0 and told(house) == []


def test_a_secrets_last_days_are_counted_down_once_each(house: House) -> None:
    ends = house.clock().date() + timedelta(days=40)
    oauth = OAuth(tenant="t", client_id="c", client_secret_file="x", secret_expires=ends)
    house.with_config(cast.config(cast.service(imap=Imap(host="h", username="u", oauth=oauth))))
    rung = []
    for day in range(45):
        for _ in range(3):
            if probe.warn_of_secrets(house.office):
                rung.append(40 - day)
        house.clock.forward(days=1)
    assert rung == [30, 14, 3, 1, -1]
    texts = [text for _key, text in told(house)]
    assert f"support, imap.oauth: the secret ends in 14 days ({ends})." in texts
    assert f"support, imap.oauth: the secret has ended ({ends})." in texts


@pytest.mark.parametrize(
    ("left", "step"), [(31, None), (30, 30), (29, 30), (14, 14), (4, 14), (3, 3), (1, 1), (0, 1), (-1, -1)]
)
def test_a_daemon_that_slept_tells_the_step_that_it_missed(left: int, step: int | None) -> None:
    today = date(2026, 11, 21)
    assert probe.step_due(today + timedelta(days=left), today) == step
