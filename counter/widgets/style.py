"""The counter's style sheet: sizes from the look, colours from the branch's theme."""

from counter.theme import FAMILY, Theme

SHEET = """
* {{ font-family: "{FAMILY}"; font-size: 14px; color: {ink}; }}
#bar, #panel, #page, #scroll, #inside {{ background: {paper}; }}
#bar {{ background: {surface}; }}
#box {{ background: {surface}; border: 1px solid {line}; border-radius: 10px; }}
#foot {{ background: {surface}; border-top: 1px solid {line}; }}
QScrollArea {{ border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {line-strong}; border-radius: 4px; min-height: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QPlainTextEdit, QLineEdit {{
    background: {surface}; border: 1px solid {line-strong}; border-radius: 7px; padding: 3px 6px;
    selection-background-color: {brand-100}; selection-color: {ink};
}}
QLineEdit {{ min-height: 32px; font-size: 16px; }}
QPlainTextEdit:focus, QLineEdit:focus {{ border: 2px solid {focus}; padding: 2px 5px; }}
QComboBox QAbstractItemView {{
    background: {surface}; border: 1px solid {line-strong}; outline: 0; padding: 2px;
    selection-background-color: {brand-50}; selection-color: {ink};
}}
QComboBox QAbstractItemView::item {{ min-height: 30px; }}
"""


def style_sheet(theme: Theme) -> str:
    return SHEET.format_map({**theme.colours, "FAMILY": FAMILY})
