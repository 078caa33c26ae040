"""The checks are those of the standards: each over the nine digits that catalogues of CRCs give."""

from devices.checksums import CHECKS, crc16_arc, crc16_ccitt

DIGITS = b"123456789"


def test_checks_are_those_of_the_standards() -> None:
    assert crc16_ccitt(DIGITS) == 0x29B1
    assert crc16_arc(DIGITS) == 0xBB3D
    assert {name: check(DIGITS).hex() for name, check in CHECKS.items()} == {
        "none": "",
        "xor": "31",
        "sum": "dd",
        "crc16-modbus": "374b",
    }
