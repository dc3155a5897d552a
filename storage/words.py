"""Index the words of jobs, so that two characters of a name, a place or a finding find them, in Chinese as in English.

Every pair of neighbouring characters is a row. Both databases have such an index already (trigrams), but theirs finds
nothing for words of two characters, which most Chinese words are; PostgreSQL's is an extension besides.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select

from storage.database import Database
from storage.schema import jobs, terms

EMPTY: Mapping[str, Sequence[str]] = MappingProxyType({})
_END = " "  # after the last character of a word, so that each character begins a pair
_MOST_TEXT, _MOST_WORDS = 4000, 16  # characters of a job that are indexed; words of a query


def enter_words(database: Database, connection: Connection, row: Row[Any]) -> None:
    """Index the words of a job again, given its row."""
    connection.execute(delete(terms).where(terms.c.job == row.id))
    found = [{"job": row.id, "term": term} for term in sorted(terms_of(_texts(row)))]
    if found:
        connection.execute(database.insert(terms).on_conflict_do_nothing(), found)


def has_words(query: str, also: Mapping[str, Sequence[str]] = EMPTY) -> ColumnElement[bool] | None:
    """Return the condition that a job has every word of the query; None where the query has no word.

    A word of one character is found wherever it stands; one of several, where its neighbouring characters are. `also`:
    the activities and programmes, by id, whose names have a word.
    """
    wanted = [*dict.fromkeys(words_of(query))][:_MOST_WORDS]
    return and_(*(_has_word(word, also.get(word, ())) for word in wanted)) if wanted else None


def _has_word(word: str, named: Sequence[str]) -> ColumnElement[bool]:
    written = and_(*(_has(term) for term in sorted({*_pairs(word)})))
    return or_(written, jobs.c.activity.in_(named), jobs.c.programme.in_(named)) if named else written


def terms_of(texts: Iterable[str]) -> set[str]:
    """Return the pairs of neighbouring characters of these texts, each character first of one of them."""
    words = (word + _END for text in texts for word in words_of(text[:_MOST_TEXT]))
    return {first + second for word in words for first, second in pairwise(word)}


def _pairs(word: str) -> Iterator[str]:
    """Yield the pairs of a word, or its single character, which must begin a pair."""
    yield from (first + second for first, second in pairwise(word)) if len(word) > 1 else (word,)


def _has(term: str) -> ColumnElement[bool]:
    wanted = terms.c.term == term if len(term) > 1 else func.substr(terms.c.term, 1, 1) == term
    return jobs.c.id.in_(select(terms.c.job).where(wanted))


def words_of(text: str) -> list[str]:
    """Return the words of a text in one form: full-width and capital letters are no others."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char if char.isalnum() else _END for char in plain).split()


def _texts(row: Row[Any]) -> list[str]:
    said = (row.name, row.unit, row.place, row.activity)
    return [*said, *(found["text"] for found in row.findings), *row.seen.splitlines()]
