"""What goes wrong with devices.

DeviceError            names the device; raised inside drivers only, a protocol's methods answer with causes
├── DeviceAway         cannot be opened, or has gone while open
│   └── DeviceInUse    another program has its port
├── DeviceSilent       took the bytes and does not answer, or no longer takes them
└── ConfigError        devices.toml says something that cannot be; names file, device and key
"""

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
    """`file`, device and key are all in the sentence."""

    def __init__(self, file: str, device: str, key: str, what: str) -> None:
        place = f"{file}, device {device}" if device else file
        super().__init__(place, f"key {key}: {what}" if key else what)
        self.key = key
