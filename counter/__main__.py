"""`python -m counter`: the clerk's program."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from counter.bootstrap import build
from counter.settings import Settings, load_settings
from counter.widgets.text import font
from devices.errors import ConfigError


def _settings(arguments: list[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="counter", description="The clerk's program of a service hall.")
    parser.add_argument("--config", type=Path, default=Path(os.environ.get("HALL_CONFIG", "config")))
    parser.add_argument("--number", type=int, help="which counter this is")
    parser.add_argument("--url", help="address of the hall's server")
    parser.add_argument("--branch", help="id of the branch")
    parser.add_argument("--language", help="zh-CN, en, vi or ru")
    given = parser.parse_args(arguments)
    return load_settings(given.config, number=given.number, url=given.url, branch=given.branch, language=given.language)


def main(arguments: list[str]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        return _run(_settings(arguments))
    except ConfigError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2


def _run(settings: Settings) -> int:
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Powerhall counter")
    app.setFont(font(14))
    app.setQuitOnLastWindowClosed(False)
    post = build(settings)
    post.start()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: app.quit())
    code = app.exec()
    post.stop()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
