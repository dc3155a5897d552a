"""Keep searches that people have saved under a name."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, func, select

from storage.database import Database
from storage.records import SavedSearch
from storage.schema import searches
from storage.texts import storable

MOST_SAVED = 50  # searches of one person


class Searches:
    """The saved searches of a ledger. `owner`: the id of an account or an access key."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def save(self, owner: str, name: str, query: str) -> bool:
        """Save a search, in place of the owner's other one of that name; return False where there are fifty."""
        its = (searches.c.owner == owner, searches.c.name == storable(name))
        with self._db.begin() as connection:
            connection.execute(delete(searches).where(*its))
            counting = select(func.count()).select_from(searches).where(searches.c.owner == owner)
            if connection.execute(counting).scalar_one() >= MOST_SAVED:
                return False
            row = {"id": secrets.token_hex(6), "owner": owner, "name": storable(name), "query": storable(query)}
            connection.execute(searches.insert().values(**row, created=self._db.now))
        return True

    def of(self, owner: str) -> list[SavedSearch]:
        """Return a person's searches, by name."""
        query = select(searches).where(searches.c.owner == owner).order_by(searches.c.name, searches.c.id)
        with self._db.begin() as connection:
            return [SavedSearch(**row._mapping) for row in connection.execute(query).all()]

    def remove(self, search: str, owner: str) -> bool:
        """Remove a search of its owner's; return False where there is none."""
        its = (searches.c.id == search, searches.c.owner == owner)
        with self._db.begin() as connection:
            return connection.execute(delete(searches).where(*its).returning(searches.c.id)).one_or_none() is not None
