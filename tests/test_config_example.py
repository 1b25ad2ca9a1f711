"""config.example.toml is the admin's manual: it names every key of the models, each with its real default."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from mailticket import settings
from mailticket.config.models import Config
from mailticket.settings.mistakes import model_of

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
TEXT = EXAMPLE.read_text("utf-8")
# "#key" and "#[table]" are commented out, "# Word" is a sentence.
WHOLE = re.sub(r"^#(?=[\w\[])", "", TEXT, flags=re.MULTILINE)
EXAMPLE_VALUE = re.compile(r"^(?P<key>\w+) = .*# an example; the default is (?P<default>.*)$", re.MULTILINE)


def tables(model: type[BaseModel], shown: Any, path: str = "") -> Iterator[tuple[str, type[BaseModel], dict[str, Any]]]:
    """Every table that the example shows, with the model it belongs to."""
    if isinstance(shown, list):
        for one in shown:
            yield from tables(model, one, path)
        return
    yield path or "(top)", model, shown
    for key, field in model.model_fields.items():
        if (inner := model_of(field.annotation)) and key in shown:
            yield from tables(inner, shown[key], f"{path}.{key}".lstrip("."))


TABLES = list(tables(Config, tomllib.loads(WHOLE)))


@pytest.mark.parametrize(("path", "model", "shown"), TABLES, ids=[path for path, *_rest in TABLES])
def test_a_table_shows_every_key_and_no_other(path: str, model: type[BaseModel], shown: dict[str, Any]) -> None:
    assert sorted(shown) == sorted(model.model_fields)


@pytest.mark.parametrize(("path", "model", "shown"), TABLES, ids=[path for path, *_rest in TABLES])
def test_the_shown_defaults_are_the_real_ones(path: str, model: type[BaseModel], shown: dict[str, Any]) -> None:
    read = model.model_validate(shown)
    examples = {match["key"] for match in EXAMPLE_VALUE.finditer(WHOLE)}
    for key, field in model.model_fields.items():
        if not field.is_required() and not model_of(field.annotation) and key not in examples:
            assert getattr(read, key) == field.get_default(call_default_factory=True), f"{path}.{key}"


def test_behind_each_example_value_stands_the_default() -> None:
    told = {match["key"]: tomllib.loads(f"x = {match['default']}")["x"] for match in EXAMPLE_VALUE.finditer(WHOLE)}
    real = {key: field.default for _path, model, _shown in TABLES for key, field in model.model_fields.items()}
    assert told
    assert {key: real[key] for key in told} == told


def test_a_required_key_says_so() -> None:
    lines = WHOLE.splitlines()
    required = {
        key for _path, model, _shown in TABLES for key, field in model.model_fields.items() if field.is_required()
    }
    for number, line in enumerate(lines):
        key = line.partition(" = ")[0]
        if lines[number - 1].startswith("# Required:"):
            assert key in required
    said = {
        line.partition(" = ")[0] for number, line in enumerate(lines) if lines[number - 1].startswith("# Required:")
    }
    assert said == required - {"imap", "smtp"}


def test_each_key_is_explained_by_one_sentence_above_it() -> None:
    lines = WHOLE.splitlines()
    keys = [number for number, line in enumerate(lines) if re.match(r"\w+ = ", line)]
    unexplained = [lines[number] for number in keys if not re.match(r"# .+[.?]$", lines[number - 1])]
    assert len(keys) > 100
    assert unexplained == []


def test_it_loads_once_the_passwords_are_there(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(TEXT, "utf-8")
    password = tmp_path / "support.password"
    password.touch(mode=0o600)
    password.write_text("open-sesame\n", "utf-8")
    loaded = settings.load(config, environ={})
    assert loaded.service[0].smtp.password.get_secret_value() == "open-sesame"
    told = [line.partition(":")[0] for line in settings.not_yet(loaded)]
    assert told == []
