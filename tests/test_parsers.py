"""Parser children: what one mail does to its child touches no other mail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailticket.children.parser import ParserDied
from mailticket.children.pool import Parsers
from mailticket.children.reading import ParseJob
from mailticket.domain.mail import InboundMail
from mailticket.errors import Temporary

MAIL = b"From: carla@example.org\r\nSubject: hello\r\n\r\nIt is broken.\r\n"


def children() -> list[int]:
    """The processes below this one, children of the fork server included."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
    ours = {os.getpid()}
    while True:
        more = {pid for pid, parent in parents.items() if parent in ours} - ours
        if not more:
            return sorted(ours - {os.getpid()})
        ours |= more


def new_child(before: list[int]) -> int:
    """The one parser that was started since; the fork server has an older number and children of its own."""
    return max(set(children()) - set(before))


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def has_ended(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    with Parsers(count=1, deadline=20.0) as pool:
        yield pool


def test_a_mail_is_read_in_a_child(parsers: Parsers) -> None:
    mail = parsers.parse(MAIL, ())
    assert (mail.subject, mail.text) == ("hello", "It is broken.\n")


def test_files_come_back_whole(parsers: Parsers) -> None:
    content = os.urandom(3_000_000).replace(b"--b", b"")
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/x\r\n\r\n" + content
    assert parsers.parse(raw + b"\r\n--b--", ()).attachments[0].content == content


def test_the_beginning_of_a_large_mail_is_read_as_such(parsers: Parsers) -> None:
    mail = parsers.parse(MAIL, (), oversize_of=90_000_000)
    assert (mail.oversize, mail.size, mail.subject) == (True, 90_000_000, "hello")


def test_many_mails_keep_their_order() -> None:
    with Parsers(count=2) as pool:
        found = pool.parse_many([ParseJob(b"Subject: %d\r\n\r\n" % number) for number in range(60)])
    assert [mail.subject for mail in found if isinstance(mail, InboundMail)] == [str(n) for n in range(60)]


def test_threads_share_the_children(parsers: Parsers) -> None:
    found: list[str] = []

    def read(number: int) -> None:
        found.append(parsers.parse(b"Subject: %d\r\n\r\n" % number, ()).subject)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [str(number) for number in range(8)]


def test_one_child_serves_many_mails() -> None:
    with Parsers(count=2) as pool:
        pool.parse(MAIL, ())
        before = children()
        for _ in range(5):
            pool.parse(MAIL, ())
        assert children() == before


def test_a_killed_child_costs_its_own_mail_only() -> None:
    with Parsers(count=1) as warm:
        warm.parse(MAIL, ())
    with Parsers(count=1) as pool:
        before = children()
        pool.parse(MAIL, ())
        child = new_child(before)
        os.kill(child, signal.SIGSTOP)
        threading.Timer(0.2, os.kill, (child, signal.SIGKILL)).start()
        with pytest.raises(ParserDied, match=r"died \(exit code -9\)"):
            pool.parse(MAIL, ())
        assert pool.parse(MAIL, ()).subject == "hello"


def test_a_child_killed_between_two_mails_costs_none() -> None:
    with Parsers(count=1) as warm:
        warm.parse(MAIL, ())
    with Parsers(count=1) as pool:
        before = children()
        pool.parse(MAIL, ())
        child = new_child(before)
        os.kill(child, signal.SIGKILL)
        assert until(lambda: has_ended(child))
        assert pool.parse(MAIL, ()).subject == "hello"


@pytest.mark.parametrize("size", [10, 5_000_000])
def test_a_mail_over_the_deadline_is_given_up(size: int) -> None:
    with Parsers(count=1) as warm:
        warm.parse(MAIL, ())
    with Parsers(count=1, deadline=1.0) as pool:
        before = children()
        pool.parse(MAIL, ())
        os.kill(new_child(before), signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(ParserDied, match="took too long"):
            pool.parse(b"\r\n" + b"x" * size, ())
        assert time.monotonic() - started < 4
        assert pool.parse(MAIL, ()).subject == "hello"


def test_a_mail_over_the_memory_limit_is_given_up() -> None:
    bloated = ParseJob(b"Content-Type: text/plain\r\n\r\n" + b"x " * 40_000_000)
    with Parsers(count=2, memory_mb=120) as pool:
        first, second, third = pool.parse_many([ParseJob(MAIL), bloated, ParseJob(MAIL)])
    assert isinstance(first, InboundMail) and isinstance(third, InboundMail)
    assert isinstance(second, ParserDied) and isinstance(second, Temporary)


def test_no_child_outlives_the_pool() -> None:
    with Parsers(count=2) as warm:
        warm.parse(MAIL, ())
    before = children()
    with Parsers(count=2) as pool:
        pool.parse_many([ParseJob(MAIL)] * 20)
        started = set(children()) - set(before)
        assert started
    assert until(lambda: not started & set(children()))


PROGRAM = """
import os, sys, time
from mailticket.children.pool import Parsers

def main():
    held = open(os.devnull if sys.argv[1:] != ["hang"] else sys.argv[0])
    os.set_inheritable(held.fileno(), True)
    pool = Parsers(count=1)
    print(pool.parse(b"Subject: hello\\r\\n\\r\\n", ()).subject, flush=True)
    if sys.argv[1:] == ["hang"]:
        time.sleep(60)
    pool.close()
    held.close()

if __name__ == "__main__":
    main()
"""


def test_it_works_from_a_console_script_without_an_extension(tmp_path: Path) -> None:
    script = tmp_path / "mailticket"
    script.write_text(PROGRAM)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("hello\n", "", 0)


def test_it_works_from_a_package_run_with_m(tmp_path: Path) -> None:
    package = tmp_path / "program"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(PROGRAM.replace('if __name__ == "__main__":\n    main()', "main()"))
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"}
    command = [sys.executable, "-m", "program"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("hello\n", "", 0)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], set[int]]]:
    """A program that has read one mail and lives on, and the processes below it."""
    script = tmp_path / "mailticket"
    script.write_text(PROGRAM)
    with subprocess.Popen([sys.executable, str(script), "hang"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "hello\n"
        below = {pid for pid in children() if pid != process.pid and _is_below(pid, process.pid)}
        assert len(below) >= 2  # the fork server and the parser
        yield process, below
        process.kill()


def test_children_die_with_a_killed_daemon(daemon: tuple[subprocess.Popen[str], set[int]]) -> None:
    process, below = daemon
    process.kill()
    process.wait()
    assert until(lambda: all(has_ended(pid) for pid in below))


def test_a_child_has_no_descriptor_of_the_daemon(
    daemon: tuple[subprocess.Popen[str], set[int]], tmp_path: Path
) -> None:
    process, below = daemon

    def opened(pid: int) -> list[str]:
        return [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]

    held = str(tmp_path / "mailticket")
    assert held in opened(process.pid)
    assert not any(held in opened(pid) for pid in below)


def _is_below(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except FileNotFoundError:
            return False
    return False


def test_broken_off_a_mail_in_flight_is_nobodys_fault_and_none_is_begun() -> None:
    with Parsers(count=1, deadline=60.0) as pool:
        before = children()
        pool.parse(MAIL, ())
        os.kill(new_child(before), signal.SIGSTOP)
        told: list[Exception] = []

        def read() -> None:
            try:
                pool.parse(MAIL, ())
            except Temporary as error:
                told.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        assert until(lambda: bool(pool._watch._due))
        pool.break_off()
        reader.join(20)
        with pytest.raises(Temporary, match="stops"):
            pool.parse(MAIL, ())
    assert len(told) == 1 and not isinstance(told[0], ParserDied)


def test_children_are_born_before_the_mails_of_a_batch_are_there(parsers: Parsers) -> None:
    parsers.parse(MAIL, ())  # the fork server is there
    before = children()
    with Parsers(count=2) as pool:
        pool.expect(1)
        assert children() == before
        pool.expect(2)
        assert until(lambda: len(children()) == len(before) + 2)
        born = children()
        assert [one.subject for one in pool.parse_many([ParseJob(MAIL)] * 2) if isinstance(one, InboundMail)]
        assert children() == born
