"""Which agents and services: conditions on their labels, written as ``env=prod,tier!=db``.

Terms are joined by commas, and all must hold::

    key=value   key==value   the label has this value
    key!=value               it has another value, or there is no such label
    key                      there is such a label
    !key                     there is none
    key in (a,b)             it has one of these values
    key notin (a,b)          it has none of these values, or there is no such label

A key or value that holds spaces or any of ``,=!()"`` stands in double quotes, with ``\\`` before a quote
or a backslash of its own. ``str(selector)`` is the normal form: equal for selectors that say the same
in another order or spelling, and parsed to an equal selector.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

import msgspec

SELECTOR_CHARACTERS = 1000
"""Longest selector."""
KEY_CHARACTERS = 63
VALUE_CHARACTERS = 255
MOST_TERMS = 64
MOST_VALUES = 64
"""Values in one pair of parentheses."""
MOST_LABELS = 64
"""Labels of one service or agent from one source; as ``wire.Labels``."""

_TOKEN = re.compile(
    r'\s*(?:(?P<sign>==|!=|[=!(),])|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>[^\s,=!()"]+))', re.DOTALL
)
_PLAIN = re.compile(r'[^\s,=!()"]+')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_END = ""
"""The sign after the last token."""


class SelectorError(ValueError):
    """The text is no selector; the message says what was expected, and where."""


class Operator(StrEnum):
    """What a term asks of a label."""

    IN = "in"
    NOT_IN = "notin"
    EXISTS = "exists"
    ABSENT = "absent"


class Term(msgspec.Struct, frozen=True, order=True):
    """One condition. ``values`` are sorted, each once, and empty unless the operator compares."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        key = _spelt(self.key)
        if not self.values:
            return f"!{key}" if self.operator is Operator.ABSENT else key
        if len(self.values) == 1:
            sign = "=" if self.operator is Operator.IN else "!="
            return f"{key}{sign}{_spelt(self.values[0])}"
        return f"{key} {self.operator} ({','.join(map(_spelt, self.values))})"


class Selector(msgspec.Struct, frozen=True):
    """Conditions that must all hold; sorted, each once."""

    terms: tuple[Term, ...]

    def predicate(self) -> Callable[[Mapping[str, str]], bool]:
        """A function that tells of labels whether they fulfil every term; quick enough for a whole fleet."""
        refusing = {Operator.NOT_IN, Operator.ABSENT}
        asked = [(term.key, term.values, term.operator in refusing) for term in self.terms]

        def fulfilled(labels: Mapping[str, str]) -> bool:
            for key, values, refused in asked:
                found = labels.get(key) in values if values else key in labels
                if found is refused:
                    return False
            return True

        return fulfilled

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))


def parse(text: str) -> Selector:
    """The selector that ``text`` spells. Raises SelectorError."""
    if len(text) > SELECTOR_CHARACTERS:
        raise SelectorError(f"Expected at most {SELECTOR_CHARACTERS} characters, got {len(text)}.")
    terms = sorted(set(_Parser(text).terms()))
    if len(terms) > MOST_TERMS:
        raise SelectorError(f"Expected at most {MOST_TERMS} conditions, got {len(terms)}.")
    return Selector(tuple(terms))


def labels_of(manifest: Mapping[str, object]) -> dict[str, str]:
    """The labels in a manifest: texts within the limits of labels; whatever else is there is no label."""
    said = manifest.get("labels")
    if not isinstance(said, dict):
        return {}
    texts = {
        key: value
        for key, value in said.items()
        if isinstance(value, str) and 1 <= len(key) <= KEY_CHARACTERS and len(value) <= VALUE_CHARACTERS
    }
    return dict(list(texts.items())[:MOST_LABELS])


def _spelt(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Token(msgspec.Struct, frozen=True):
    """A sign, or a word; ``at`` counts characters from 1."""

    at: int
    sign: str | None
    word: str | None = None

    def __str__(self) -> str:
        if self.sign == _END:
            return "the end"
        return repr(self.sign if self.word is None else self.word[:80])


class _Parser:
    """Reads one selector from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = next(self._tokens)

    def terms(self) -> Iterator[Term]:
        """Every term, in the order written."""
        yield self._term()
        while self._next.sign == ",":
            self._take()
            yield self._term()
        if self._next.sign != _END:
            raise self._expected("a comma or the end")

    def _term(self) -> Term:
        if self._next.sign == "!":
            self._take()
            return Term(self._key(), Operator.ABSENT)
        key = self._key()
        match self._next:
            case _Token(sign="=" | "=="):
                self._take()
                return Term(key, Operator.IN, (self._value(),))
            case _Token(sign="!="):
                self._take()
                return Term(key, Operator.NOT_IN, (self._value(),))
            case _Token(word="in" | "notin" as name):
                self._take()
                return Term(key, Operator(name), self._values())
            case _:
                return Term(key, Operator.EXISTS)

    def _key(self) -> str:
        return self._word("a key", 1, KEY_CHARACTERS)

    def _value(self) -> str:
        """A value; nothing at all is the empty one."""
        return "" if self._next.sign in (",", _END) else self._one_value()

    def _one_value(self) -> str:
        return self._word("a value", 0, VALUE_CHARACTERS)

    def _values(self) -> tuple[str, ...]:
        self._sign("(")
        values = {self._one_value()}
        while self._next.sign == ",":
            self._take()
            values.add(self._one_value())
        self._sign(")")
        if len(values) > MOST_VALUES:
            raise SelectorError(f"Expected at most {MOST_VALUES} values in parentheses, got {len(values)}.")
        return tuple(sorted(values))

    def _word(self, what: str, least: int, most: int) -> str:
        at, word = self._next.at, self._next.word
        if word is None:
            raise self._expected(what)
        if not least <= len(word) <= most:
            length = f"{least} to {most} characters, got {len(word)}"
            raise SelectorError(f"Expected {what} of {length}, at character {at}.")
        self._take()
        return word

    def _sign(self, sign: str) -> None:
        if self._next.sign != sign:
            raise self._expected(repr(sign))
        self._take()

    def _take(self) -> None:
        self._next = next(self._tokens)

    def _expected(self, what: str) -> SelectorError:
        return SelectorError(f"Expected {what} at character {self._next.at}, got {self._next}.")


def _tokens(text: str) -> Iterator[_Token]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            opened = text.index('"', place) + 1
            raise SelectorError(f"Expected a closing quote for the one at character {opened}.")
        place = found.end()
        at = found.start(found.lastgroup or 0) + 1
        quoted = found["quoted"]
        word = found["word"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
        yield _Token(at, found["sign"], word)
    yield _Token(end + 1, _END)
