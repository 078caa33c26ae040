"""What signs say, in the language of each sign; pure."""

import unicodedata
from dataclasses import dataclass

from server.contract.messages import CallNow, CounterNow
from server.contract.words import CounterState, Language


@dataclass(frozen=True, slots=True)
class Words:
    call: str
    """Of the hall's sign; takes `number` and `counter`."""
    paused: str
    closed: str
    listen: str
    """While the hall cannot tell what is so."""


WORDS: dict[Language, Words] = {
    Language.ZH: Words("请 {number} 到 {counter} 号窗口", "暂停服务", "停止服务", "请听叫号"),
    Language.EN: Words("{number} to counter {counter}", "Paused", "Closed", "Please listen"),
    Language.VI: Words("Mời {number} đến quầy {counter}", "Tạm ngừng", "Đóng quầy", "Xin nghe gọi số"),
    Language.RU: Words("{number}: окно {counter}", "Перерыв", "Закрыто", "Слушайте вызов"),
}


def counter_text(now: CounterNow, words: Words) -> str:
    """The number of the customer who is called or served, or why nobody is; empty while the clerk is free."""
    match now.state:
        case CounterState.PAUSED:
            return words.paused
        case CounterState.CLOSED:
            return words.closed
        case CounterState.OPEN:
            return now.number or ""
        case _:
            return words.listen


def call_text(call: CallNow, words: Words) -> str:
    return words.call.format(number=call.number, counter=call.counter)


def short_call_text(call: CallNow) -> str:
    """For a sign too narrow for the sentence, in no language: a counter's number must never be cut."""
    return f"{call.number} > {call.counter}"


def has_letters(encoding: str, language: Language) -> bool:
    """Whether a sign of that encoding can say its words in this language, though perhaps without accents."""
    words = WORDS[language]
    return b"?" not in letters(words.call + words.paused + words.closed + words.listen, encoding)


def letters(text: str, encoding: str, most: int | None = None) -> bytes:
    """Without control characters; a letter that the sign does not have loses its accents, or stands as `?`.

    Of a text of more than `most` bytes the whole letters that fit: half a hanzi would take the next byte along.
    """
    printable = (char for char in text if not unicodedata.category(char).startswith("C"))
    said = b""
    for letter in (_letter(char, encoding) for char in printable):
        if most is not None and len(said) + len(letter) > most:
            break
        said += letter
    return said


def _letter(char: str, encoding: str) -> bytes:
    for shape in (char, _plain(char)):
        try:
            code = shape.encode(encoding)
        except UnicodeEncodeError:
            continue
        if len(code) <= 2:  # GB18030 writes what no sign has as four bytes
            return code
    return b"?"


def _plain(char: str) -> str:
    if char in "đĐ":
        return "d" if char == "đ" else "D"
    return unicodedata.normalize("NFD", char)[0]
