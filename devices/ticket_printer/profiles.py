"""What is known of printer models by name: printers.toml beside devices.toml, else python-escpos' own list."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devices.config import read_toml

PRINTERS_FILE = "printers.toml"
_FEWEST_DOTS, _MOST_DOTS = 384, 832


def with_profile(fields: Mapping[str, Any], config_dir: Path) -> dict[str, Any]:
    """An entry of devices.toml over what its profile says. Raises ValueError naming the profiles there are."""
    given = dict(fields)
    name = given.pop("profile", None)
    if name is None:
        return given
    ours = read_toml(config_dir / PRINTERS_FILE).get("printers", {})
    theirs = _theirs()
    if name in ours:
        return {**ours[name], **given}
    if name in theirs:
        return {**_translated(theirs[name]), **given}
    known = ", ".join([*ours, *theirs])
    raise ValueError(f"profile: {name!r} is not known; {PRINTERS_FILE} and python-escpos have {known}")


def _theirs() -> Mapping[str, Any]:
    from escpos.capabilities import CAPABILITIES

    profiles: Mapping[str, Any] = CAPABILITIES["profiles"]
    return {name: each for name, each in profiles.items() if each["features"].get("bitImageRaster")}


def _translated(profile: Mapping[str, Any]) -> dict[str, Any]:
    """Its width, cutter and QR codes; their list knows no Chinese letters, so that Chinese goes as pictures."""
    features = profile["features"]
    cutter = "feed-partial" if features.get("paperPartCut") else "full" if features.get("paperFullCut") else "none"
    found: dict[str, Any] = {"chinese_font": False, "native_qr": bool(features.get("qrCode")), "cutter": cutter}
    pixels = profile["media"]["width"].get("pixels")
    if isinstance(pixels, int) and _FEWEST_DOTS <= pixels <= _MOST_DOTS:
        found["dots"] = pixels // 8 * 8
    return found
