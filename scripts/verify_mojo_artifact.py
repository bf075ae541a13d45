"""`planalign verify-mojo-artifact` under the name by which pipelines call it; the package has to be installed."""

import sys

from flake8_planalign.cli import main

if __name__ == "__main__":
    sys.exit(main(["verify-mojo-artifact", *sys.argv[1:]]))
