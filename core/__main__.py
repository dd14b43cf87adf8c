"""`python -m core VERB`: the command line of `core.shell.cli`."""

from core.shell.cli import main

main()
