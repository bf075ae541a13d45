"""What is found in some files of a tree, told to the review that asks.

`python -m flake8_planalign.command.before FILE`: standard input has the options and the paths as JSON; FILE is given
(path in the repository, code, message, line's text) of each finding, in the order of the run.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from flake8_planalign.command import running
from flake8_planalign.formatters import report


def main(answer: str) -> None:
    """Judge the paths of standard input and write what is found."""
    asked = json.load(sys.stdin)
    found: list[Any] = []
    running.run(asked["arguments"], found.append, name="planalign review", paths=asked["paths"])
    items = (
        report.item(one.code, one.filename, one.line_number, one.column_number, one.text, one.physical_line)
        for one in found
    )
    with open(answer, "w", encoding="utf-8", errors="surrogatepass") as stream:
        json.dump([(item.path, item.code, item.message, item.excerpt) for item in items], stream)


if __name__ == "__main__":
    main(sys.argv[1])
