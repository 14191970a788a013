"""``python -m bot``: the same as the ``footnote`` command."""

from bot.cli import main

if __name__ == "__main__":
    main()
