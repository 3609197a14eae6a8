"""`python -m carepool` is the command `carepool`."""

from carepool.cli import main

main()
