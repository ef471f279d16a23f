"""`python -m tb_deepdebug`: the command line."""

from tb_deepdebug.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
