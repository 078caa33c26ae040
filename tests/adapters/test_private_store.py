"""What people wrote, when the database does not answer."""

from pathlib import Path

import pytest

from server.adapters.database import open_engine
from server.adapters.private_store import PrivateStore
from server.application.ports import LedgerUnavailable
from server.domain.vocabulary import Digest


def test_words_that_cannot_be_read_now_are_told_as_the_database_being_away(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/not-there/hall.db")

    with pytest.raises(LedgerUnavailable):
        PrivateStore(engine, "chengdong").read([Digest("a" * 64)])

    engine.dispose()
