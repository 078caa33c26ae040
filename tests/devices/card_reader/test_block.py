"""A card's data: initial and keyed hash are taken; what is no card's is refused without a word of it."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.card_reader.block import UnreadableCard, card_of, check_digit
from devices.card_reader.frames import PHOTO
from devices.card_reader.simulator import data_of, number_of_nobody

KEY = bytes(range(32))
NUMBER = number_of_nobody(7)


def _card(name: str = "王小试", number: str = NUMBER, key: bytes = KEY) -> tuple[str, str]:
    card = card_of(memoryview(data_of(name, number, bytes(PHOTO))), key)
    return card.initial, card.key


def test_the_check_digit_is_that_of_the_standards_example() -> None:
    assert chr(check_digit(b"11010519491231002")) == "X"
    assert chr(check_digit(b"44052418800101001")) == "4"


@pytest.mark.parametrize("name", ["王小试", "欧阳小试", "𠮷小试", "Ivanova"])
def test_of_a_name_its_first_letter_is_taken(name: str) -> None:
    assert _card(name)[0] == name[0]


def test_the_hash_is_the_branchs_own() -> None:
    expected = hmac.new(KEY, NUMBER.encode("utf-16-le"), hashlib.sha256).hexdigest()

    assert _card()[1] == _card("李小试")[1] == expected
    assert _card(key=bytes(32))[1] != expected
    assert _card(number=number_of_nobody(8))[1] != expected


def test_a_card_shows_its_key_in_no_log() -> None:
    assert _card()[1] not in repr(card_of(memoryview(data_of("王小试", NUMBER, bytes(PHOTO))), KEY))


@pytest.mark.parametrize("number", ["", "123", NUMBER[:-1] + "?", NUMBER[:17] + "123", "０" * 18])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(UnreadableCard):
        _card(number=number)


def test_a_card_without_a_name_is_refused() -> None:
    with pytest.raises(UnreadableCard):
        _card(name="")


@given(st.binary(max_size=1400))
def test_any_data_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(UnreadableCard):
        card_of(memoryview(data), KEY)


@given(st.integers(0, 255), st.integers(1, 255))
def test_a_changed_text_is_read_or_refused_in_words_that_tell_nothing(at: int, change: int) -> None:
    data = bytearray(data_of("王小试", NUMBER, bytes(PHOTO)))
    data[4 + at] ^= change
    why = ""
    try:
        card_of(memoryview(data), KEY)
    except UnreadableCard as cause:
        why = str(cause)
    assert why in {"", "no number of a card", "no name of a card"}
