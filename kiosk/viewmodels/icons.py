"""The kiosk's drawings on a 24 grid: strokes without fill, round ends."""

from collections.abc import Mapping
from types import MappingProxyType

CLOCK_HAND = '<path d="M12 6.8V12l3.6 2.2"/>'
STAFF = (
    '<circle cx="10" cy="7.5" r="4"/><path d="M2.8 21c.5-4.6 3.3-7 7.2-7 1.7 0 3.2.5 4.4 1.4"/>'
    '<path d="M15 19.5h7M15.6 19.5a2.9 2.9 0 0 1 5.8 0M18.5 16.4v-1.2"/>'
)
ICONS: Mapping[str, str] = MappingProxyType(
    {
        "again": '<path d="M19.5 12a7.5 7.5 0 1 1-2.4-5.5M17.5 2.8v4.2h-4.2"/>',
        "back": '<path d="M20 12H4.5M11 5.5L4.5 12l6.5 6.5"/>',
        "bolt": '<path d="M13.2 2.5L5 13.5h6l-1 8 8.5-11.5h-6z"/>',
        "building": '<path d="M5 21V3.5h9V21M14 9h5v12M3 21h18M8 7.5h3M8 11.5h3M8 15.5h3M16.5 12.5v.01M16.5 16v.01"/>',
        "card": '<rect x="2.5" y="5.5" width="19" height="13" rx="2"/><path d="M2.5 10h19M6 14.8h4"/>',
        "charger": '<path d="M4.5 21V4.5a1.5 1.5 0 0 1 1.5-1.5h6a1.5 1.5 0 0 1 1.5 1.5V21M3 21h12"/>'
        '<path d="M13.5 12h2a1.5 1.5 0 0 1 1.5 1.5v3.5a1.75 1.75 0 0 0 3.5 0V9L17.5 6M9.8 6.5L7.5 10.5h3L8.2 14.5"/>',
        "chart": '<path d="M3.5 19.5h17M6 16V11M10.5 16V6M15 16v-3M19 16V8.5"/>',
        "clock": f'<circle cx="12" cy="12" r="9"/>{CLOCK_HAND}',
        "contrast": '<circle cx="12" cy="12" r="9"/><path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor"/>',
        "document": '<path d="M14 3H6v18h12V7z"/><path d="M14 3v4h4M9 12h6M9 16h6"/>',
        "dots": '<rect x="4" y="4" width="6.5" height="6.5" rx="1.5"/>'
        '<rect x="13.5" y="4" width="6.5" height="6.5" rx="1.5"/>'
        '<rect x="4" y="13.5" width="6.5" height="6.5" rx="1.5"/><path d="M16.7 13.5v6.5M13.5 16.7H20"/>',
        "gauge": '<path d="M4 17a8.5 8.5 0 1 1 16 0"/><path d="M12 14.5l4-5"/>'
        '<circle cx="12" cy="15" r="1.2" fill="currentColor"/>'
        '<path d="M4 20.5h16"/>',
        "globe": '<circle cx="12" cy="12" r="9"/>'
        '<path d="M3 12h18M12 3c3 2.6 4 5.6 4 9s-1 6.4-4 9c-3-2.6-4-5.6-4-9s1-6.4 4-9z"/>',
        "letters": '<path d="M2.5 19L8.3 5l5.8 14M4.6 14.3h7.5M18.6 7.5v7M15.1 11h7"/>',
        "mark": '<path d="M3 21.5V12a9 9 0 0 1 18 0v9.5"/><path d="M7.6 21.5V12.4a4.4 4.4 0 0 1 8.8 0v9.1"/>'
        '<circle cx="12" cy="13" r="1.3" fill="currentColor"/><path d="M12 16.6v4.9"/>',
        "message": '<path d="M20.5 4.5h-17v12H8v4l5-4h7.5z"/><path d="M12 7.8v3.4M12 13.6v.01"/>',
        "meter": '<rect x="4.5" y="3" width="15" height="18" rx="3"/>'
        '<rect x="8" y="6.5" width="8" height="4.5" rx="1"/>'
        '<path d="M9 16h.01M12 16h.01M15 16h.01"/>',
        "move": '<path d="M12 3.5v17M3.5 12h17M9.5 6L12 3.5 14.5 6M9.5 18l2.5 2.5 2.5-2.5M6 9.5L3.5 12 6 14.5M18 9.5'
        'l2.5 2.5-2.5 2.5"/>',
        "noline": '<path d="M9.5 14.5l5-5"/><path d="M10.8 6.6l1.6-1.6a4.6 4.6 0 0 1 6.6 6.6l-1.6 1.6'
        'M13.2 17.4l-1.6 1.6A4.6 4.6 0 0 1 5 12.4l1.6-1.6"/><path d="M4 4l16 16"/>',
        "pause": '<circle cx="12" cy="12" r="9"/><path d="M9.8 8.5v7M14.2 8.5v7"/>',
        "people": '<circle cx="9" cy="8" r="3.5"/>'
        '<path d="M2.5 20c.4-4 2.9-6 6.5-6s6.1 2 6.5 6M15.5 4.8a3.5 3.5 0 0 1 0 6.4'
        'M18 14.6c2 .8 3.2 2.6 3.5 5.4"/>',
        "plug": '<path d="M9 2.5V8M15 2.5V8M6 8h12v3.5a6 6 0 0 1-12 0zM12 17.5v4"/>',
        "printer": '<path d="M7 8.5V3h10v5.5M7 17H4.5A1.5 1.5 0 0 1 3 15.5V10a1.5 1.5 0 0 1 1.5-1.5h15A1.5 1.5 0 0 1 21'
        " 10v5.5"
        'a1.5 1.5 0 0 1-1.5 1.5H17"/><path d="M7 14h10v7H7z"/>',
        "qr": '<rect x="3.5" y="3.5" width="6.5" height="6.5" rx="1"/>'
        '<rect x="14" y="3.5" width="6.5" height="6.5" rx="1"/>'
        '<rect x="3.5" y="14" width="6.5" height="6.5" rx="1"/>'
        '<path d="M14 14h2.5v2.5M20.5 14v3M14 20.5h3M20.5 20.5h.01'
        'M6.7 6.7h.01M17.2 6.7h.01M6.7 17.2h.01"/>',
        "question": '<path d="M20.5 11.5a8.3 8.3 0 0 1-12 7.3L3.5 20.5l1.6-4.6a8.3 8.3 0 1 1 15.4-4.4z"/>'
        '<path d="M9.9 9.3a2.3 2.3 0 1 1 3.2 2.2c-.8.4-1 .8-1 1.6M12.1 15.6v.01"/>',
        "receipt": '<path d="M5 21V3.5h14V21l-2.4-1.6L14.3 21 12 19.4 9.7 21l-2.3-1.6z"/>'
        '<path d="M8.5 8h7M8.5 12h7M8.5 16h4"/>',
        "seat": '<path d="M7 3.5v9h9.5M7 12.5v3.5h9.5V21M7 16v5"/>',
        "sound": '<path d="M4 9.5v5h3.5L13 19V5L7.5 9.5z"/>'
        '<path d="M16.3 8.7a5 5 0 0 1 0 6.6M18.9 6a8.7 8.7 0 0 1 0 12"/>',
        "staff": STAFF,
        "staleclock": f'<circle cx="12" cy="12" r="9" stroke-dasharray="3.2 2.45"/>{CLOCK_HAND}',
        "stop": '<circle cx="12" cy="12" r="9"/><path d="M6 18L18 6"/>',
        "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4'
        'M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"/>',
        "swap": '<path d="M4 8h14.5M14.5 4l4 4-4 4M20 16H5.5M9.5 12l-4 4 4 4"/>',
        "tick": '<path d="M4.5 12.5l5 5 10-11"/>',
        "warn": '<path d="M12 3.6L22 20.4H2z"/><path d="M12 9.8v4.6M12 17.3v.01"/>',
    }
)
ARCHES = (
    '<path d="M310 780V400a70 70 0 0 1 140 0v380"/><path d="M240 780V400a140 140 0 0 1 280 0v380"/>'
    '<path d="M170 780V400a210 210 0 0 1 420 0v380"/><path d="M100 780V400a280 280 0 0 1 560 0v380"/>'
    '<path d="M30 780V400a350 350 0 0 1 700 0v380"/>'
)


def icon_svg(name: str, colour: str, stroke: str) -> str:
    """An unknown name, as a branch's configuration may hold one, is drawn as `dots`."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" color="{colour}" stroke="{colour}" '
        f'stroke-width="{stroke}" stroke-linecap="round" stroke-linejoin="round">'
        f"{ICONS.get(name, ICONS['dots']).replace('currentColor', colour)}</svg>"
    )


def arches_svg(colour: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 760" fill="none" '
        f'stroke="{colour}" stroke-width="26">{ARCHES}</svg>'
    )


def dashes_svg(width: int, height: int, radius: int, colour: str, fill: str) -> str:
    """A dashed frame, which a QML Rectangle cannot draw."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><rect x="1.5" y="1.5" widt'
        f'h="{width - 3}" '
        f'height="{height - 3}" rx="{radius}" fill="{fill}" stroke="{colour}" stroke-width="2" stroke-dasharr'
        f'ay="8 6"/></svg>'
    )
