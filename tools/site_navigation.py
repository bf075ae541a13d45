"""A hook of MkDocs: the rules' pages, by view, in the site's navigation."""

from __future__ import annotations

from typing import Any

from flake8_planalign import catalogue

__all__ = ["on_config"]


def on_config(config: Any) -> Any:
    """Add a section for each view to the navigation's entry `Rules`."""
    entry = next(item["Rules"] for item in config["nav"] if "Rules" in item)
    del entry[1:]
    for view, title in catalogue.VIEW_TITLES.items():
        rules = [rule for rule in catalogue.rules() if catalogue.view_of(rule.code) == view]
        entry.append({title: [{f"{rule.code} {rule.name}": f"rules/{rule.code}.md"} for rule in rules]})
    return config
