"""`python -m flake8_planalign` is `planalign`."""

import sys

from flake8_planalign.cli import main

if __name__ == "__main__":
    sys.exit(main())
