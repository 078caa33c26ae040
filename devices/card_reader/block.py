"""What is taken from a card's data, and nothing else: the surname's initial and a keyed hash of the number; pure.

    size of text (2) | size of photo (2) | text (256) | photo (1024)

Text in UTF-16, low byte first, filled with blanks, by bytes: name 30, sex 2, nation 4, birth 16, address 70, number 36,
issuer 30, valid from 16, valid to 16, reserved 36.
"""

import hashlib
import hmac
from collections.abc import Sequence

from devices.card_reader.frames import PHOTO, TEXT
from devices.protocols import Card

_SIZES = TEXT.to_bytes(2, "big") + PHOTO.to_bytes(2, "big")
_NAME = len(_SIZES)
_NUMBER = _NAME + 122
_DIGITS = 18
_HIGH_SURROGATES = range(0xD8, 0xDC)
_CHECK_DIGITS = b"10X98765432"
"""By the weighted sum modulo 11: ISO 7064, MOD 11-2, as GB 11643 has it."""


class UnreadableCard(ValueError):
    """Says nothing of what stood there."""


def card_of(data: memoryview, key: bytes) -> Card:
    """Raises UnreadableCard."""
    if len(data) != len(_SIZES) + TEXT + PHOTO or data[: len(_SIZES)] != _SIZES:
        raise UnreadableCard("not a card's data")
    number = data[_NUMBER : _NUMBER + 2 * _DIGITS]
    if not _is_number(number):
        raise UnreadableCard("no number of a card")
    return Card(_initial(data[_NAME:]), hmac.digest(key, number, hashlib.sha256).hex())


def check_digit(digits: Sequence[int]) -> int:
    """Of seventeen ASCII digits."""
    return _CHECK_DIGITS[sum((digit - ord("0")) * (1 << 17 - at) for at, digit in enumerate(digits)) % 11]


def _initial(name: memoryview) -> str:
    letter = bytes(name[: 4 if name[1] in _HIGH_SURROGATES else 2])
    initial = letter.decode("utf-16-le", "replace")
    if not initial.isalpha():
        raise UnreadableCard("no name of a card")
    return initial


def _is_number(number: memoryview) -> bool:
    low, high = number[::2], number[1::2]
    digits = low[:-1]
    return not any(high) and all(ord("0") <= digit <= ord("9") for digit in digits) and low[-1] == check_digit(digits)
