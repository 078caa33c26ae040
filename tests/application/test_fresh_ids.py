"""Fresh ids are ULIDs: in the order of their making, and the same bytes for every reader of ULIDs."""

import itertools
from collections import Counter

from ulid import ULID

from server.application.fresh_ids import FreshIds, ulid_bytes, ulid_text


def test_an_id_reads_as_a_ulid_of_its_moment() -> None:
    ids = FreshIds(entropy=lambda n: bytes(range(n // 512)) * 512, wall_ms=lambda: 1_760_000_000_123)

    made = ids.ticket()

    assert ULID.from_str(made).milliseconds == 1_760_000_000_123
    assert made.endswith("0123456789ABCDEF")


def test_every_letter_of_chance_is_as_likely_as_any_other() -> None:
    ids = FreshIds(entropy=lambda n: bytes(range(256)) * (n // 256))

    assert set(Counter("".join(ids.ticket()[10:] for _ in range(512))).values()) == {256}


def test_later_ids_sort_later() -> None:
    clock = itertools.count(1_760_000_000_000)
    ids = FreshIds(wall_ms=lambda: next(clock))
    made = [ids.ticket() for _ in range(1100)]

    assert made == sorted(made)
    assert len(set(made)) == 1100


def test_text_and_bytes_of_a_ulid_are_the_same_thing() -> None:
    for raw in (bytes(16), b"\xff" * 16, bytes(range(16))):
        assert ulid_text(raw) == str(ULID.from_bytes(raw))
        assert ulid_bytes(ulid_text(raw)) == raw
