"""PURE: what every table of the config file is: frozen, and without keys that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, without what the original had worked out of its own values (cached properties)."""
        copy = super().model_copy(update=update, deep=deep)
        for name in vars(copy).keys() - type(copy).model_fields.keys():
            del vars(copy)[name]
        return copy
