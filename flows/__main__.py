"""`python -m flows` is the command line."""

from flows.cli.app import main

main()
