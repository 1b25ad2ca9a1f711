"""`python -m mailticket` is the command line."""

from mailticket.cli.main import main

main(prog_name="mailticket")
