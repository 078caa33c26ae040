"""`python -m server.demo.leash`: ends the demo's programs, which are of its process group, once the demo is gone.

The demo holds its standard input open; whatever ends the demo, also kill -9, closes it.
"""

import os
import signal
import sys
import time

from server.demo.children import STOP_S


def main() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGTERM)
    time.sleep(STOP_S)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
