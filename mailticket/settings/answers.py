"""I/O: ready answers: those of `[[answer]]` and the files of the answers folder, each tried once when it is read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mailticket.config.models import Config
from mailticket.config.rules import AnswerTemplate
from mailticket.sandbox import TemplateMistake, compile_line
from mailticket.settings.passwords import Mistake


def with_answer_files(config: Config) -> tuple[Config, list[Mistake]]:
    """The config with an answer for each `*.txt` of the folder, named like the file, after those of the config."""
    files, mistakes = _read(Path(config.mailticket.answers))
    answers = (*config.answer, *files)
    for number, one in enumerate(config.answer):
        mistakes += [(("answer", number, "text"), what) for what in _wrong(one)]
    for file in files:
        mistakes += [(("mailticket", "answers"), f"{file.name}.txt: {what}") for what in _wrong(file)]
    for name, count in Counter(one.name.lower() for one in answers).items():
        if count > 1:
            mistakes.append((("answer",), f'there are {count} ready answers with the name "{name}"; give each its own'))
    return config.model_copy(update={"answer": answers}), mistakes


def _read(folder: Path) -> tuple[list[AnswerTemplate], list[Mistake]]:
    answers: list[AnswerTemplate] = []
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.txt")) if folder.is_dir() else ():
        try:
            answers.append(AnswerTemplate(name=path.stem, text=path.read_text("utf-8-sig")))
        except (OSError, UnicodeDecodeError) as error:
            mistakes.append((("mailticket", "answers"), f"{path.name} cannot be read: {error}"))
    return answers, mistakes


def _wrong(answer: AnswerTemplate) -> list[str]:
    """Why this text is no template, if it is none. What its values are worth only a case can tell."""
    try:
        compile_line(answer.text)
    except TemplateMistake as mistake:
        return [f"line {mistake.line}: {mistake.what}" if mistake.line else mistake.what]
    return []
