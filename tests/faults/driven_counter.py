"""The real counter program; each line on standard input presses a key or asks, and is answered with what it shows.

`{"sign_in": ["1007", "123456"]}`, `{"press": "next"}`, `{"note": "…"}`, `{}`.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from counter.bootstrap import Post, build
from counter.desk import Key
from counter.settings import load_settings
from server.link.qt import Bridge


def do(post: Post, wish: dict[str, Any]) -> dict[str, Any]:
    model = post.program.model
    if "sign_in" in wish:
        post.program.signing.submit(*wish["sign_in"])
    if "note" in wish:
        model.edit(note=wish["note"])
    if "press" in wish:
        model.press(Key(wish["press"]))
    return shown(post)


def shown(post: Post) -> dict[str, Any]:
    model = post.program.model
    look, situation = model.bar_look(), model.situation()
    current = situation.current
    return {
        "staff": model.staff,
        "stage": situation.stage.value,
        "number": current.number if current else None,
        "timer_s": look.timer.seconds,
        "stale": look.stale,
        "says": look.away.title.key if look.away else "",
        "refusal": look.refusal.key if look.refusal else "",
        "asking": model.is_asking,
        "pending": situation.away.pending,
        "note": model.draft.note if model.draft else None,
    }


def main() -> None:
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    post = build(load_settings(Path(os.environ["HALL_CONFIG"])))
    post.start()
    bridge = Bridge()

    def answer(line: str) -> None:
        print(json.dumps(do(post, json.loads(line))), flush=True)  # noqa: T201 -- the answers of this program

    def read() -> None:
        for line in sys.stdin:
            bridge.call(lambda line=line: answer(line))  # type: ignore[misc]
        bridge.call(app.quit)

    threading.Thread(target=read, daemon=True).start()
    app.exec()
    post.stop()


if __name__ == "__main__":
    main()
