"""Alarms of what happens at a moment and does not last: rung by whoever meets it, told in the next round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailticket import settings
from mailticket.config.models import Desk, Imap, Limits, OAuth, Service, Targets
from mailticket.config.rules import Trigger
from mailticket.desk.assign import assign
from mailticket.desk.decided.alarm import tell
from mailticket.desk.sweep import sweep
from mailticket.desk.watching import probe
from mailticket.domain.alarms import KINDS
from mailticket.law import budgets
from mailticket.mime import compose
from mailticket.store.operation import alarms
from tests import cast
from tests.cast import ANN
from tests.desk.house import House, mail

DESK = Desk(admins=("root@example.com",))
_BAD = Trigger.model_validate({"name": "bad", "on": "case.created", "then": [{"due": "2020-01-01"}]})


def furnish(house: House, service: Service | None = None, rules: tuple[Trigger, ...] = ()) -> None:
    house.with_config(cast.config(service, mailticket=DESK, trigger=rules))


def own_template(house: House, patch: pytest.MonkeyPatch, folder: Path) -> None:
    """It fails at this case alone."""
    furnish(house)
    own = folder / "templates" / "csr_case.txt"
    own.parent.mkdir(exist_ok=True)
    own.write_text('{% if case.subject == "Printer on fire" %}{{ case.tags[0] }}{% endif %}')
    house.office = replace(house.office, book=settings.templates_of(house.office.config, folder))
    house.take_in(mail())
    assign(house.office)


def rule(house: House, patch: pytest.MonkeyPatch, folder: Path) -> None:
    furnish(house, rules=(_BAD,))
    house.take_in(mail())


def _late(house: House, target: str) -> None:
    furnish(house, cast.service(targets=Targets.model_validate({target: {"normal": "1h"}})))
    house.take_in(mail())
    house.clock.forward(hours=1)
    sweep(house.office)


def response(house: House, patch: pytest.MonkeyPatch, folder: Path) -> None:
    _late(house, "first_response")


def resolution(house: House, patch: pytest.MonkeyPatch, folder: Path) -> None:
    _late(house, "resolution")


def automatic_mail(house: House, patch: pytest.MonkeyPatch, folder: Path) -> None:
    furnish(house, cast.service(limits=Limits(auto_budget=1)))
    for writer in ("a@many.example", "b@many.example"):
        house.take_in(mail(writer))


def _refused(house: House, count: int) -> None:
    """A CSR asks for what there is not."""
    furnish(house, cast.service(trust="address"))
    house.take_in(*(mail(str(ANN.address), "Hello", f"#bogus\n{number}") for number in range(count)))


def receipts(house: House, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(budgets, "NOTICES_PER_HOUR", 0)
    _refused(house, 1)


def echoes(house: House, patch: pytest.MonkeyPatch, folder: Path) -> None:
    for _ in range(budgets.ECHOES_PER_HOUR + 2):
        _refused(house, 1)


def flood(house: House, patch: pytest.MonkeyPatch, folder: Path) -> None:
    furnish(house)
    for number in range(11):
        house.take_in(mail(subject=f"Alert {number}"))


def secret(house: House, patch: pytest.MonkeyPatch, folder: Path) -> None:
    ends = house.clock().date() + timedelta(days=30)
    oauth = OAuth(tenant="t", client_id="c", client_secret_file="x", secret_expires=ends)
    furnish(house, cast.service(imap=Imap(host="h", username="u", oauth=oauth)))
    probe.warn_of_secrets(house.office)


RUNG: dict[str, Callable[[House, pytest.MonkeyPatch, Path], None]] = {
    "templates": own_template,
    "rule": rule,
    "late-response": response,
    "late-resolution": resolution,
    "auto-budget": automatic_mail,
    "notice-budget": receipts,
    "echo-budget": echoes,
    "flood": flood,
    "secret-expires": secret,
}


@pytest.mark.parametrize("kind", RUNG)
def test_what_happens_at_a_moment_is_rung_at_once_and_told_in_the_next_round(
    house: House, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    RUNG[kind](house, monkeypatch, tmp_path)
    rung = house.in_store(lambda: alarms.untold(house.clock()))
    assert [one.key.partition(":")[0] for one in rung] == [kind]
    assert tell(house.office) == 1
    text = compose.thaw(house.letter("alarm").skeleton).text
    assert KINDS[kind].title.upper() in " ".join(text.upper().split())


def test_every_budget_that_rings_has_a_kind_that_says_what_to_do() -> None:
    assert {one.name for one in budgets.BUDGETS if one.rings} <= set(KINDS)
