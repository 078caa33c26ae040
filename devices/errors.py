"""What goes wrong with devices.

DeviceError            names the device; raised inside drivers only, a protocol's methods answer with causes
├── DeviceAway         cannot be opened, or has gone while open
│   └── DeviceInUse    another program has its port
├── DeviceSilent       took the bytes and does not answer, or no longer takes them
└── ConfigError        devices.toml says something that cannot be; names file, device and key
"""

from collections.abc import Sequence

from devices.health import Cause


class DeviceError(Exception):
    cause: Cause = Cause.ERROR

    def __init__(self, device: str, what: str) -> None:
        super().__init__(f"{device}: {what}")
        self.device = device
        self.what = what


class DeviceAway(DeviceError):
    cause = Cause.UNPLUGGED


class DeviceInUse(DeviceAway):
    cause = Cause.IN_USE

    def __init__(self, device: str, port: str) -> None:
        super().__init__(device, f"{port} is in use by another program; one station alone may name it")


class DeviceSilent(DeviceError):
    cause = Cause.SILENT


class ConfigError(DeviceError):
    """File, device and key are all in the sentence, and the line where it is known."""

    def __init__(self, file: str, device: str, key: str, what: str, line: int | None = None) -> None:
        places = (file, f"line {line}" if line else "", f"device {device}" if device else "")
        super().__init__(", ".join(filter(None, places)), f"key {key}: {what}" if key else what)
        self.entry, self.line = device, line
        self._more: Sequence[ConfigError] = ()

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self._more)])

    @classmethod
    def of(cls, faults: Sequence["ConfigError"]) -> "ConfigError":
        """All of one file as one, a line each, in their order there."""
        first, *more = sorted(faults, key=lambda fault: fault.line or 0)
        first._more = more
        return first
