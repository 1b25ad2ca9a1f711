"""The product's own words, sentence by sentence, each with the tests that show it: that these tests are there."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

#: What nothing can show yet, by section, and the file or folder of the program that it waits for.
WAITING: Mapping[str, str] = {
    "5: the tracker hands back an escalated case": "web/hooks.py",
    "5: a case's channel is form": "web/form.py",
    "5: a case's channel is api or chat": "web/api",
    "6: a switch in the console sets a CSR away": "web/console",
    "6: the sessions of a CSR who left the config are revoked": "web/console",
}
PROGRAM = Path(__file__).parents[1] / "mailticket"


def shown_by(sentences: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Every test that a map of sentences names, as "module:function", each once."""
    return sorted({one for tests in sentences.values() for one in tests})


def assert_is_there(test: str) -> None:
    """Fails if nothing of this name would run."""
    module, _, name = test.partition(":")
    assert name.startswith("test_") and callable(getattr(importlib.import_module(module), name))
