"""Persistence. The only package that knows the ORM; callers see ``records`` and query functions.

::

    async with Store("file:./data/opstage.db") as store:
        await users.count(store.reader)
        await store.write(lambda tx: settings.put(tx, "maintenance", {}, now))

Every query function takes a ``Reader`` first, or a ``Tx`` when it changes something (a Tx also
reads, and sees its own changes). Tortoise owns the models, the migrations and the connections; the
statements are SQL, because the ORM's query sets need a current context per task and several times
the CPU.
"""

from opstage.store.database import Store
from opstage.store.errors import StoreUnavailable
from opstage.store.tx import Reader, Tx

__all__ = ["Reader", "Store", "StoreUnavailable", "Tx"]
