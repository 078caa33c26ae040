"""`python -m kiosk`: the customer's screen; with `--drive` the same without a window."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

import structlog

from devices.errors import ConfigError
from kiosk.bootstrap import Core, build_core, build_drive, config_dir
from kiosk.settings import load_settings

READY_S = 15.0
"""How long the first touch waits for the hall to say what it offers."""


def main(arguments: list[str]) -> int:
    """2: a setting is wrong and stands on standard error."""
    parser = argparse.ArgumentParser(prog="kiosk", description="The customer's screen of a service hall.")
    parser.add_argument("--config", type=Path, help="configuration folder; else HALL_CONFIG, else config/")
    parser.add_argument("--drive", action="store_true", help="no window: touches as JSON lines on standard input")
    parser.add_argument("--fingers", action="store_true", help="touches the window by JSON lines on standard input")
    given = parser.parse_args(arguments)
    _log_to_stderr()
    try:
        core = build_core(load_settings(config_dir(os.environ, given.config), os.environ))
        return _drive(core) if given.drive else _window(core, fingers=given.fingers)
    except ConfigError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2


def _drive(core: Core) -> int:
    drive, upkeep, ready = build_drive(core)
    core.start()
    upkeep.start()
    if core.reading is not None:
        core.reading.start(drive.scan, lambda _well: None)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        ready.wait(READY_S)
        drive.run(sys.stdin, _answer)
    finally:
        upkeep.stop()
        core.close()
    return 0


def _answer(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _window(core: Core, *, fingers: bool) -> int:
    from PySide6.QtGui import QGuiApplication

    from kiosk.viewmodels.program import WindowProgram

    app = QGuiApplication(sys.argv[:1])
    program = WindowProgram(core)
    program.start()
    if fingers:
        program.touched_by(sys.stdin, _answer)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: app.quit())
    code = app.exec()
    program.stop()
    return code


def _log_to_stderr() -> None:
    """Standard output belongs to the answers of `--drive`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer(key_order=["event"])],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
