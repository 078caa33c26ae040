"""The branch's accounts: people and machines behind one door.

A caller is found in memory by the hash of its token, so that asking "who is this" never waits for the database;
every change is written first and then reloaded, also those that `hall user` and `hall device` make from outside.
"""

from collections.abc import Callable
from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy import Engine

from server.adapters.broker_users import BrokerUsers
from server.adapters.guesses import Guesses
from server.adapters.idling import Idling
from server.adapters.known_callers import utc_now
from server.adapters.machines import Machines
from server.adapters.people import People
from server.application.audit import Audit, NoAudit


class Accounts(People, Machines):
    """The only door to accounts; thread-safe."""

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime] = utc_now,
        hasher: PasswordHasher | None = None,
        broker: BrokerUsers | None = None,
        audit: Audit | None = None,
        idling: Idling | None = None,
    ) -> None:
        """`now` is the machine's wall clock; `broker`: where machines are also written down for a broker that cannot
        read these tables."""
        super().__init__(engine, now, audit or NoAudit(), idling or Idling())
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
        self._guesses = Guesses()
        self._broker = broker

    def open(self) -> None:
        """Learns who is known; the tables are made by `migrate`."""
        self.refresh()
