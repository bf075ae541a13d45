"""How the examples of a rule's page are read."""

from __future__ import annotations

import rule_page
from rule_page import Example

PAGE = """\
The summary.

## Why

Because.

## Bad

```python
a  # PAL111:0
```

`x/a.py`:

```python
import b
```

`x/b.py`:
```python
# PAL112:3, PAL113:4
b
```

`x/b.py`:
```python
c
```

```toml
[tool.planalign]
```
```python
d
```
```python
e
```

```toml
[tool.planalign]
```
`m.py`:
```python
f
```
`n.sql`:
```sql
g -- PAL211:0
```

Some prose.

```text
not an example
```

`model.txt`:
```expect
model.zip:1:0 PAL316
```
`h.py`:
```python
h
```

Good
----
Nothing to do.
"""


def test_fences_with_paths_are_one_example_and_others_stand_alone() -> None:
    page = rule_page.read(PAGE)
    assert page.summary == "The summary."
    assert list(page.sections) == ["Why", "Bad", "Good"]
    assert [example.files for example in page.bad] == [
        {"example.py": "a  # PAL111:0\n"},
        {"x/a.py": "import b\n", "x/b.py": "# PAL112:3, PAL113:4\nb\n"},
        {"x/b.py": "c\n"},
        {"pyproject.toml": "[tool.planalign]\n", "example.py": "d\n"},
        {"example.py": "e\n"},
        {"pyproject.toml": "[tool.planalign]\n", "m.py": "f\n", "n.sql": "g -- PAL211:0\n"},
        {"h.py": "h\n"},
    ]
    assert page.good == []


def test_a_marker_speaks_of_its_line_or_of_the_next() -> None:
    first, second, *_, sixth, last = rule_page.read(PAGE).bad
    assert first.expected == {("example.py", 1, 0, "PAL111")}
    assert second.expected == {("x/b.py", 2, 3, "PAL112"), ("x/b.py", 2, 4, "PAL113")}
    assert sixth.expected == {("n.sql", 1, 0, "PAL211")}
    assert last.expected == {("model.zip", 1, 0, "PAL316")}


def test_a_marker_becomes_a_suppression_in_the_spelling_of_its_format() -> None:
    example = Example({"a.py": "a  # PAL111:0\nb  # PAL112:0\n", "a.sql": "g -- PAL111:0\n"})
    assert example.suppressed("PAL111") == {
        "a.py": "a  # noqa: PAL111\nb  # PAL112:0\n",
        "a.sql": "g -- noqa: PAL111\n",
    }
