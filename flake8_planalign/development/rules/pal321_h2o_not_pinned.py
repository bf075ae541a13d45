r"""A version of H2O that is not fixed.

## Why
The Python client refuses a cluster of another version, a binary model loads into its own version alone, and
3.46.0.12 of the open-source build no longer exports MOJOs at all. An installation that takes whatever is newest breaks
on the day of a release, in production first.

## Bad
`requirements.txt`:
```requirements
h2o>=3.46  # PAL321:0
h2o-pysparkling-3.5  # PAL321:0
daimojo~=2.8  # PAL321:0
pandas
```

`pyproject.toml`:
```toml
[project]
name = "scoring"
dependencies = [
    "h2o==3.46.*",  # PAL321:5
]

[tool.poetry.group.train.dependencies]
h2o = "^3.46.0"  # PAL321:0
```

`environment.yml`:
```yaml
dependencies:
  - python=3.11
  - h2oai::h2o=3.46.0.11  # PAL321:4
  - pip:
      - h2o  # PAL321:8
```

`Dockerfile`:
```dockerfile
FROM python:3.11-slim
# PAL321:16
RUN pip install h2o>3.44
# PAL321:9
RUN wget http://h2o-release.s3.amazonaws.com/h2o/latest_stable -O latest
```

`compose.yaml`:
```yaml
services:
  h2o:
    image: h2oai/h2o-open-source-k8s:latest  # PAL321:11
```

`setup.sh`:
```sh
python -m pip install \
  pandas==2.2.2 \
  h2o  # PAL321:2
```

## Good
`requirements.txt`:
```requirements
-f http://h2o-release.s3.amazonaws.com/h2o/latest_stable_Py.html
h2o==3.46.0.11 --hash=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
pandas>=2
h2o-wave
```

A range is fixed by the lock file of the same project:

`pyproject.toml`:
```toml
[project]
name = "scoring"
dependencies = ["h2o>=3.46"]
```

`uv.lock`:
```toml
[[package]]
name = "h2o"
version = "3.46.0.11"
```

`chart/values.yaml`:
```yaml
image:
  name: h2oai/h2o-open-source-k8s
  tag:
```

`Dockerfile`:
```dockerfile
FROM h2oai/h2o-open-source-k8s:3.46.0.11
ARG H2O_VERSION=3.46.0.11
RUN pip install "h2o==${H2O_VERSION}" && echo h2o is there
```

## Limits
Exact is one `==` or `===` without a wildcard, or a wheel with its version in the name; conda's `=3.46.0.11` is a
prefix. A version from a variable whose value the tree does not state is left alone, and so are digests and images of
your own.

## References
- [PEP 440](https://peps.python.org/pep-0440/)
- [H2O: downloading and installing](https://docs.h2o.ai/h2o/latest-stable/h2o-docs/downloading.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import Kind, Loose
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL321",
    name="h2o-not-pinned",
    message="{subject} is not pinned: {loose}; {remedy}",
    severity=Severity.HIGH,
    story="DEV-REV-01-02",
    since="0.1.0",
)


@RULE.on(Loose)
def check(loose: Loose, _config: object) -> Iterator[Finding]:
    """Report the requirement, the address or the image."""
    stated = loose.statement
    remedies = {
        Kind.IMAGE: "name the tag of one version",
        Kind.URL: "name the release, `.../h2o/rel-3.46.0/11/h2o-3.46.0.11.zip`",
    }
    remedy = remedies.get(stated.kind, f"fix one version with `{stated.subject}==...`")
    yield RULE.finding(stated.position, subject=stated.subject, loose=stated.loose, remedy=remedy)
