"""`python -m server` is the `hall` command."""

from server.cli import main

main()
