"""Signs that take one line of text at a time, each maker's framing told in devices.toml; pure."""

from dataclasses import dataclass

from devices.checksums import CHECKS, Check


@dataclass(frozen=True, slots=True)
class LineFormat:
    """`before` text `checksum` `after`; the checksum covers `before` and the text."""

    before: bytes
    after: bytes
    columns: int
    """Bytes of text that the sign holds."""
    checksum: Check = "none"

    def encode(self, text: bytes) -> bytes:
        said = self.before + text
        return said + CHECKS[self.checksum](said) + self.after

    def read(self, line: bytes) -> bytes | None:
        """The text of a line that came without its `after`; None if it is none."""
        size = len(CHECKS[self.checksum](b""))
        said, check = (line[:-size], line[-size:]) if size else (line, b"")
        if not said.startswith(self.before) or CHECKS[self.checksum](said) != check:
            return None
        return said.removeprefix(self.before)
