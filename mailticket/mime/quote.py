"""PURE: the new words of a reply: everything that is not the mail it answers.

The desk knows what it sent. So the quote is looked for by our marker line, then by the text of the letter that
is answered. Only where neither is found, the client's own announcement ("On … wrote:") counts, or talon guesses;
without evidence that does not make a cut `sure`. What a forward passes on is never cut. Time is linear in the
text; what is too large to cut stays whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailticket.domain import command_lines
from mailticket.domain.mail import CutMethod, ParentLetter, Reply
from mailticket.mime.cutting import (
    additions,
    answers,
    attribution,
    between,
    preview,
    quote_html,
    signature,
    talon_fallback,
)
from mailticket.mime.cutting.known import Known
from mailticket.mime.cutting.lines import (
    bare,
    find_marker,
    is_blank,
    is_forward_subject,
    is_quoted,
    is_rule,
    opens_forward,
    split,
    without_outer_blanks,
)
from mailticket.mime.cutting.words import begins_with_a_sign, signs, words

#: The line in a CSR's letter; the answer stands above it. A letter may surround it with dashes or "##-".
MARKER = "Please reply above this line"

_CAP = 256 * 1024  # characters of a text that is cut
_WINDOW = 8  # lines that are looked at together to tell our text from a chance likeness
_ENOUGH = 8  # words of ours that they must hold
_MOSTLY = 0.7  # share of these lines that must be ours
_TRIES = 100  # places where an announcement is looked for above a run of our lines; a mail has a few
_EVIDENCE = 0.5  # share of the words a guess removes that must be ours, if we know what we sent


@dataclass(frozen=True, slots=True)
class _Cut:
    """What was found: the writer's words above the quote, those below or between it, and how it was found."""

    above: str
    below: str
    method: CutMethod
    sure: bool
    is_forward: bool = False

    @property
    def text(self) -> str:
        return f"{self.above}\n\n{self.below}".strip("\n") if self.below else self.above


def cut(text: str, html: str, subject: str, parents: Sequence[ParentLetter], from_csr: bool) -> Reply:
    """The new words of a mail as `new_words` tells them; of a CSR's mail also the HTML below their command lines."""
    reply = new_words(text, html, subject, parents, from_csr)
    below = command_lines.below(reply.text) if from_csr and reply.html else ""
    return replace(reply, html_below=quote_html.down_from(reply.html, below)) if below else reply


def new_words(text: str, html: str, subject: str, parents: Sequence[ParentLetter], from_csr: bool) -> Reply:
    """The new words of a mail, as text and as HTML.

    `text` is what a person would read, `html` the mail's own HTML with its class names and ids (clean the
    result, not the argument) or "". `parents` are the letters of ours that the mail may answer; the text of each
    should hold all that a client may quote: the letter's text and the text of its HTML, where they differ. A CSR's
    signature is cut (`from_csr`), a customer's stays.

    `sure` means that the text holds every new word and nothing is known to be quoted in it: a cut at our marker
    or our own text; a mail that quotes nothing; a customer's forward, which is whole by intent. Not sure: a guess
    without evidence, a mail that shows a quote which could not be cut, a CSR's mail that passes another on or holds
    another between the answer and our letter. `html` is "" where it could not be cut like
    the text (answers between the lines of the quote, for instance); then the text stands for it.
    """
    lines = split(text)
    found = _found(text, lines, html, subject, Known(parents), from_csr)
    has_end = not found.is_forward and (found.sure or found.method is not CutMethod.WHOLE)
    kept = found
    if has_end:
        kept = _without_signature(found, text, html) if from_csr else _without_additions(found)
    if kept.text == text:
        # Some programs quote in the HTML alone; what the text does not say is not the writer's.
        may_quote = bool(from_csr or parents) and kept.sure and not kept.is_forward
        return Reply(text, quote_html.up_to(html, text) if may_quote else html, kept.method, kept.sure)
    own_html = _html_of(kept, html)
    if not from_csr and kept.method is CutMethod.WHOLE and html and not own_html:
        return Reply(text, html, kept.method, kept.sure)  # its formatting is worth more than a line less
    return Reply(kept.text, own_html, kept.method, kept.sure)


def _html_of(kept: _Cut, html: str) -> str:
    """The HTML of the answer above the quote, of the one below it, or of those between its lines."""
    if not kept.below:
        return quote_html.up_to(html, kept.above)
    # Where an answer begins is told by its words: one that begins with a sign could lose it.
    is_alone = not words(kept.above) and not signs(kept.above) and not begins_with_a_sign(kept.below)
    alone = quote_html.down_from(html, kept.below) if is_alone else ""
    return alone or between.answers(html, kept.above, kept.below)


def _found(text: str, lines: list[str], html: str, subject: str, known: Known, from_csr: bool) -> _Cut:
    if len(text) > _CAP:
        return _whole(text, sure=False)
    if is_forward_subject(subject):
        return _forward(text, from_csr)
    marker = find_marker(lines, MARKER)
    anchor = _find_anchor(lines, known) if marker is None else None
    if marker is None and anchor is None:
        return _guess(text, lines, html, known, from_csr)
    quote_at = preview.begins(lines, marker[0], known) if marker is not None else anchor or 0
    if attribution.is_forwarded_at(lines, quote_at):
        return _forward(text, from_csr)
    above = lines[: attribution.end_of_answer(lines, quote_at, known.us)]
    if from_csr and attribution.first_announcement([bare(line) for line in above]) is not None:
        return _whole(text, sure=False)  # a mail between: what a colleague wrote to this CSR is not for the customer
    begin = marker[1] if marker is not None else _first_of_ours(lines, quote_at, known)
    below = answers.within(lines[begin:], known)
    method = CutMethod.ANCHOR if marker is None else CutMethod.MARKER
    return _cut(above, below.lines, method, below.sure) or _whole(text, sure=False)


def _cut(above: list[str], below: list[str], method: CutMethod, sure: bool) -> _Cut | None:
    """The cut, or None if nothing but the quote was found."""
    found = _Cut("\n".join(without_outer_blanks(above)), "\n".join(below), method, sure)
    return found if found.text.strip() else None


def _whole(text: str, sure: bool) -> _Cut:
    return _Cut(text, "", CutMethod.WHOLE, sure)


def _forward(text: str, from_csr: bool) -> _Cut:
    """A mail that passes another on: whole by intent, signature and all.

    A CSR's is not sure: what is passed on may be our own letter to them, which is no answer to the customer.
    """
    return _Cut(text, "", CutMethod.WHOLE, sure=not from_csr, is_forward=True)


def _find_anchor(lines: list[str], known: Known) -> int | None:
    """The first line of a run of lines that we wrote, where a quote can begin; None without such a run.

    Our history holds the customer's own words too, signature and all. So a run counts only where a client marks
    a quote (prefix or attribution), or where it begins as a letter of ours begins.
    """
    if not known:
        return None
    shown = [(at, found) for at, line in enumerate(lines) if (found := words(bare(line)))]
    marked = [(at, found) for at, found in shown if is_quoted(lines[at])]  # long answers may stand between them
    anchors = (_anchor_in(shown, lines, known), _anchor_in(marked, lines, known) if marked else None)
    return min((at for at in anchors if at is not None), default=None)


def _anchor_in(shown: Sequence[tuple[int, list[str]]], lines: list[str], known: Known) -> int | None:
    """The same among some lines, each given by its number and its words."""
    ours = [known.holds(found, shown[i - 1][1] if i else ()) for i, (_, found) in enumerate(shown)]
    tries = 0
    for i, (at, _) in enumerate(shown):
        if not ours[i]:
            continue
        window = range(i, min(i + _WINDOW, len(shown)))
        likeness = sum(ours[j] for j in window) / len(window)
        if likeness < _MOSTLY or sum(len(shown[j][1]) for j in window if ours[j]) < _ENOUGH:
            continue
        first_words = [word for j in window for word in shown[j][1]][:_ENOUGH]
        if is_quoted(lines[at]) or known.opens_with(first_words):
            return at
        tries += 1
        if tries <= _TRIES and _is_attributed(lines, at, known):
            return at
    return None


def _first_of_ours(lines: list[str], quote_at: int, known: Known) -> int:
    """The first line of ours in the marked lines that end at the anchor: an answer typed into them may come between."""
    first = at = quote_at
    while at and is_quoted(lines[quote_at]) and (is_quoted(lines[at - 1]) or is_blank(lines[at - 1])):
        at -= 1
        first = at if known.holds(words(bare(lines[at]))) else first
    return first


def _is_attributed(lines: list[str], at: int, known: Known) -> bool:
    """Whether something between the writer's last line and this one announces a quote."""
    end = attribution.end_of_answer(lines, at, known.us)
    return any(words(line) for line in lines[end:at])


def _guess(text: str, lines: list[str], html: str, known: Known, from_csr: bool) -> _Cut:
    """A cut at what a client or talon announces as a quote; sure only if what it removes is what we sent."""
    announced = attribution.first_announcement(lines)
    if announced is None and not _marks_quote(lines):
        return _whole(text, sure=not quote_html.has_quote(html) or quote_html.goes_on_after(html, text))
    if any(opens_forward(line) for line in lines if not is_quoted(line)):
        return _forward(text, from_csr)
    found = None if announced is None else _cut_at_announcement(lines, announced, known)
    found = found or _guess_of_talon(lines)
    if found is None or words(found.text) == words(text):
        return _whole(text, sure=False)
    if not known:
        return found
    removed = words(text)[len(words(found.above)) :]
    is_ours = known.share(removed) >= _EVIDENCE
    return replace(found, sure=True) if is_ours else _whole(text, sure=False)


def _cut_at_announcement(lines: list[str], at: int, known: Known) -> _Cut | None:
    """A cut where a client announces a quote: above the announcement, and between lines that are marked as quoted."""
    marked = next((below for below in range(at, min(at + _WINDOW, len(lines))) if is_quoted(lines[below])), None)
    below = [] if marked is None else answers.within(lines[marked:], known).lines
    return _cut(lines[: attribution.without_rule(lines, at)], below, CutMethod.ANCHOR, sure=False)


def _guess_of_talon(lines: list[str]) -> _Cut | None:
    guessed = talon_fallback.new_words("\n".join(lines))
    if guessed is None:
        return None
    return _cut(split(guessed), [], CutMethod.TALON, sure=False)


def _marks_quote(lines: list[str]) -> bool:
    """Whether anything but an announcement looks as if the text quoted a mail."""
    return any(is_quoted(line) or (is_rule(line) and bool(words(line))) for line in lines)


def _without_additions(found: _Cut) -> _Cut:
    """A customer's signature is theirs; what their programs add is not. Nothing is cut that leaves nothing."""
    below = additions.without(found.below)
    above = additions.without(found.above)
    if (above, below) == (found.above, found.below):
        return found
    return replace(found, above=above, below=below) if words(above) or words(below) else found


def _without_signature(found: _Cut, text: str, html: str) -> _Cut:
    if found.sure and found.text != text and not signature.without(found.text, may_be_all=True).strip():
        return _whole(text, sure=False)  # no answer: a phone's "Sent from" above the quote
    marked = quote_html.signatures(html)
    below = signature.without(found.below, marked)
    above = signature.without(found.above, marked, may_be_all=bool(below))
    return _Cut(above, below, found.method, found.sure)
