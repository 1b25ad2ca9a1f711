"""I/O: ready answers: those of `[[answer]]` and the files of the answers folder, tried with a made-up case."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mailticket.config.models import Config
from mailticket.config.rules import AnswerTemplate
from mailticket.settings.passwords import Mistake
from mailticket.settings.text_files import Unreadable, text_of
from mailticket.triage.commands.ready_answer import mistakes as mistakes_of

_SUBJECT = "subject:"


def with_answer_files(config: Config) -> tuple[Config, list[Mistake]]:
    """The config with an answer for each `*.txt` of the folder, named like the file, after those of the config."""
    files, mistakes = _read(Path(config.mailticket.answers))
    answers = (*config.answer, *files)
    for number, one in enumerate(config.answer):
        mistakes += [(("answer", number, key), what) for key, what in mistakes_of(one, config)]
    for file in files:
        mistakes += [
            (("mailticket", "answers"), f"{file.name}.txt: {what}") for _key, what in mistakes_of(file, config)
        ]
    for name, count in Counter(one.name.lower() for one in answers).items():
        if count > 1:
            mistakes.append((("answer",), f'there are {count} ready answers with the name "{name}"; give each its own'))
    return config.model_copy(update={"answer": answers}), mistakes


def _read(folder: Path) -> tuple[list[AnswerTemplate], list[Mistake]]:
    answers: list[AnswerTemplate] = []
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.txt")) if folder.is_dir() else ():
        try:
            answers.append(_answer(path.stem, text_of(path)))
        except Unreadable as wrong:
            mistakes.append((("mailticket", "answers"), str(wrong)))
    return answers, mistakes


def _answer(name: str, source: str) -> AnswerTemplate:
    """A first line "Subject: ..." with an empty one below it is the answer's own subject."""
    first, _, rest = source.partition("\n")
    second, _, text = rest.partition("\n")
    if first.lower().startswith(_SUBJECT) and not second.strip():
        return AnswerTemplate(name=name, text=text, subject=first[len(_SUBJECT) :].strip())
    return AnswerTemplate(name=name, text=source)
