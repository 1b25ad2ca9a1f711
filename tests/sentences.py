"""The product's own words, sentence by sentence, each with the tests that show it: that these tests are there."""

from __future__ import annotations

import importlib
from collections.abc import Mapping


def shown_by(sentences: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Every test that a map of sentences names, as "module:function", each once."""
    return sorted({one for tests in sentences.values() for one in tests})


def assert_is_there(test: str) -> None:
    """Fails if nothing of this name would run."""
    module, _, name = test.partition(":")
    assert name.startswith("test_") and callable(getattr(importlib.import_module(module), name))
