"""The checks at the ends of frames; pure."""

from collections.abc import Callable, Mapping
from typing import Literal

Check = Literal["none", "xor", "sum", "crc16-modbus"]


def crc16_ccitt(data: bytes) -> int:
    """Polynomial 1021, start FFFF, highest bit first (known as CCITT-FALSE)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def crc16_arc(data: bytes, start: int = 0) -> int:
    """Polynomial 8005, lowest bit first; with start FFFF it is that of MODBUS over serial line, 6.2.2."""
    crc = start
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def _xor(data: bytes) -> bytes:
    value = 0
    for byte in data:
        value ^= byte
    return bytes((value,))


CHECKS: Mapping[Check, Callable[[bytes], bytes]] = {
    "none": lambda _data: b"",
    "xor": _xor,
    "sum": lambda data: bytes((sum(data) & 0xFF,)),
    "crc16-modbus": lambda data: crc16_arc(data, 0xFFFF).to_bytes(2, "little"),
}
"""Those that devices.toml may name, as they stand on the wire."""
