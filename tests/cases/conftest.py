"""The house of the desk's tests."""

from __future__ import annotations

from tests.desk.conftest import house, parsers, stored

__all__ = ["house", "parsers", "stored"]
