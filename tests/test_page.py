"""The HTML report: safe in what it shows, and in a real browser without errors, requests or obstacles for anybody."""

from __future__ import annotations

import html.parser
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.formatters import html as page
from flake8_planalign.formatters.report import Item, Report, told_apart
from flake8_planalign.rule import Confidence, Position, Related, Severity

#: How many findings the page shows at once.
PART = 200
SCRIPT = Path(__file__).parent / "browser" / "page.mjs"


def item(number: int, **more: Any) -> Item:
    place = Position(number % 900 + 1, 4, number % 900 + 1, 9)
    values = {
        "path": f"app/module{number % 40}.py",
        "code": f"PAL11{number % 9 + 1}",
        "message": f"`call{number}()` blocks the event loop; await `other`",
        "severity": list(Severity)[number % 4],
        "related": (Related("app/helper.py", place, "helper"),) if number % 2 else (),
        "excerpt": "    call()",
    } | more
    return Item(position=place, confidence=Confidence.PROBABLE, **values)


class Tags(html.parser.HTMLParser):
    """The tags of a page and the text of its findings."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(), st.text(), st.text())
def test_what_is_shown_is_text_and_never_markup(path: str, message: str, excerpt: str) -> None:
    plain, odd = Tags(), Tags()
    plain.feed(page.render(Report((), (item(1, path="a", message="b", excerpt="c"),))))
    odd.feed(page.render(Report((), (item(1, path=path, message=message, excerpt=f"c{excerpt}"),))))
    ours = ("code", "wbr")  # what the page makes of backticks and of the slashes of a path
    added = [tag for tag in odd.tags if tag not in ours]
    assert added == [tag for tag in plain.tags if tag not in ours]
    assert not any(name.startswith("on") for name, _ in odd.attributes)


def test_a_page_needs_nothing_from_elsewhere() -> None:
    tags = Tags()
    tags.feed(page.render(Report(("a.py",), (item(1),))))
    links = [value for name, value in tags.attributes if name in ("href", "src")]
    assert all(link and link.startswith("#") for link in links)


def test_a_run_without_findings_has_a_page() -> None:
    assert "Nothing found." in page.render(Report(("a.py",), ()))


@pytest.mark.skipif(
    not (os.environ.get("NODE_PATH") and shutil.which("node") and shutil.which("chromium")),
    reason="needs chromium, node, and playwright-core and axe-core in NODE_PATH",
)
@pytest.mark.parametrize("count", [61, 5000])
def test_a_browser_shows_it(count: int, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    items = tuple(told_apart(item(number) for number in range(count)))
    path.write_text(page.render(Report((), items)), encoding="utf-8")
    environment = os.environ | {"CHROMIUM": str(shutil.which("chromium"))}
    done = subprocess.run(
        ["node", str(SCRIPT), str(path)], env=environment, capture_output=True, text=True, check=True, timeout=300
    )
    told = json.loads(done.stdout)
    critical = sum(found.severity is Severity.CRITICAL for found in items)
    assert (told["errors"], told["requests"]) == ([], [])
    assert told["all"] == told["after_reset"] == count
    assert told["without_critical"] == count - critical
    if count > PART:
        assert (told["in_parts"], told["one_part_more"], told["in_full"]) == (PART, 2 * PART, count)
        assert told["focus"] == PART
    assert told["searched"] == sum(found.code == "PAL111" for found in items)
    assert told["overflow"] == {"phone": 0, "desktop": 0}
    assert not any(found for found in told["axe"].values())
