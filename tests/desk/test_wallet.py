"""Tokens of accounts: asked for once by however many want one, kept sealed, renewed ahead, told when they end."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from mailticket.config.models import Imap, OAuth
from mailticket.desk.servers import wallet
from mailticket.desk.servers.credentials import imap_settings
from mailticket.desk.servers.wallet import Wallet
from mailticket.errors import AccountTrouble, Temporary
from mailticket.wire.oauth import Registration
from tests.cast import SUPPORT
from tests.cast import config as cast_config
from tests.cast import service as cast_service
from tests.desk.house import House
from tests.servers.identity import IdentityProvider, microsoft_error


def registration(identity: IdentityProvider, secret: str = "s3cret") -> Registration:
    return Registration("microsoft", identity.tenant, "desk", SUPPORT, secret)


def kept_in(house: House, owner: str = "") -> Wallet:
    office = house.office
    return Wallet(office.store, office.keys, owner or office.owner, office.clock)


def test_a_token_is_asked_for_once_and_renewed_ahead_of_its_end(house: House, identity: IdentityProvider) -> None:
    first = wallet.token(kept_in(house), registration(identity))
    assert wallet.token(kept_in(house), registration(identity)) == first
    assert len(identity.asked) == 1
    house.clock.forward(minutes=56)
    assert wallet.token(kept_in(house), registration(identity)) != first
    assert len(identity.asked) == 2


def test_of_several_daemons_one_asks_the_provider(each_house: House, identity: IdentityProvider) -> None:
    identity.delay = 0.3
    daemons = [kept_in(each_house, f"host:{number}:1") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        # Without the lock that threads of one process share: each of them is a daemon of its own.
        got = list(pool.map(lambda one: wallet._renewed(one, registration(identity), ""), daemons))
    assert len(set(got)) == 1
    assert len(identity.asked) == 1


def test_a_refused_token_is_renewed_unless_it_is_new(house: House, identity: IdentityProvider) -> None:
    first = wallet.token(kept_in(house), registration(identity))
    assert wallet.token(kept_in(house), registration(identity), refused=first) == first
    house.clock.forward(minutes=6)
    second = wallet.token(kept_in(house), registration(identity), refused=first)
    assert second != first
    # Somebody else was refused the first as well, and finds the second.
    assert wallet.token(kept_in(house), registration(identity), refused=first) == second
    assert len(identity.asked) == 2


def test_while_the_provider_is_down_the_old_token_serves_to_its_end(house: House, identity: IdentityProvider) -> None:
    first = wallet.token(kept_in(house), registration(identity))
    identity.refuse(500, "down", times=2)
    house.clock.forward(minutes=57)
    assert wallet.token(kept_in(house), registration(identity)) == first
    house.clock.forward(minutes=4)
    with pytest.raises(Temporary):
        wallet.token(kept_in(house), registration(identity))
    assert wallet.token(kept_in(house), registration(identity)) != first


def test_a_rotated_refresh_token_is_kept_before_it_is_needed(house: House, identity: IdentityProvider) -> None:
    personal = registration(identity, secret="")
    house_wallet = kept_in(house)
    house_wallet.keep(personal, wallet.oauth.sign_in(personal, lambda _line: None, house.clock))
    for number in (1, 2):
        house.clock.forward(hours=2)
        wallet.token(house_wallet, personal)
        assert identity.asked[-1].form["refresh_token"] == f"refresh-{number}"


def test_the_database_holds_no_token_that_can_be_read(house: House, identity: IdentityProvider) -> None:
    token = wallet.token(kept_in(house), registration(identity))
    raw = b"".join(one.read_bytes() for one in house.office.store.data.glob("mailticket.db*"))
    assert token.encode() not in raw and b"s3cret" not in raw
    with sqlite3.connect(house.office.store.path) as line:
        [(sealed,)] = line.execute("SELECT sealed FROM account_token").fetchall()
    line.close()
    assert token not in sealed


def test_a_new_key_file_forgets_tokens_and_a_rotated_one_keeps_them(house: House, identity: IdentityProvider) -> None:
    token = wallet.token(kept_in(house), registration(identity))
    keys = house.office.keys
    rotated = replace(kept_in(house), keys=type(keys)((b"n" * 32, *keys.secrets)))
    assert wallet.token(rotated, registration(identity)) == token
    other = replace(kept_in(house), keys=type(keys)((b"o" * 32,)))
    assert wallet.token(other, registration(identity)) != token


def test_a_lease_left_by_a_killed_daemon_is_waited_for_and_no_longer(
    house: House, identity: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wallet, "_WAITS_FOR_OTHERS", 0.5)
    signs_in = registration(identity)
    with house.office.connected():
        wallet.leases.acquire(f"token:{signs_in.account}", "dead:1:1", timedelta(seconds=60))
    with pytest.raises(Temporary, match="another daemon"):
        wallet.token(kept_in(house), signs_in)
    with house.office.connected():
        wallet.leases.acquire(f"token:{signs_in.account}", "dead:1:1", timedelta(0))
    assert wallet.token(kept_in(house), signs_in)


def with_oauth(house: House, identity: IdentityProvider, **imap: Any) -> House:
    oauth = OAuth(provider="microsoft", tenant=identity.tenant, client_id="desk", client_secret_file="x")
    server = Imap(host="localhost", username=SUPPORT, password=SecretStr("s3cret"), oauth=oauth, **imap)
    house.with_config(cast_config(cast_service(imap=server)))
    return house


def test_a_mailbox_that_gets_no_token_any_more_is_the_accounts_trouble_until_it_gets_one(
    house: House, identity: IdentityProvider
) -> None:
    with_oauth(house, identity)
    identity.refuse(401, microsoft_error(7000222))
    source = imap_settings(house.office, house.service).token
    assert source is not None
    with pytest.raises(AccountTrouble, match="new client secret"):
        source("")
    assert source("")


def test_threads_of_one_process_wait_for_the_one_who_asks(house: House, identity: IdentityProvider) -> None:
    identity.delay = 0.2
    got: list[str] = []
    asking = [
        threading.Thread(target=lambda: got.append(wallet.token(kept_in(house), registration(identity))))
        for _ in range(5)
    ]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(got) == 5 and len(set(got)) == 1 and len(identity.asked) == 1
