"""A file cannot be parsed as what its name or its content says.

## Why
What cannot be read cannot be judged, and a tool that deploys it will stop as well, later. Reading ends at the first
fault of a file; the documents before it are judged.

## Bad
`compose.yaml`:
```yaml
services:
  api:
    ports: [8000
    image: scoring  # PAL902:9
```

`deploy/compose.yaml`:
```yaml
services:
  api:
    image: scoring
  cache:
    image: redis:7
  api:  # PAL902:2
    image: scoring
```

`k8s/api.yaml`:
```yaml
apiVersion: v1
kind: Service
metadata:
  name: api
  labels: *common  # PAL902:10
```

## Good
`compose.yaml`:
```yaml
services:
  api:
    ports: [8000]
    image: scoring
```

`chart/templates/service.yaml`:
```yaml
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
  {{- if .Values.labels }}
  labels: {{ toYaml .Values.labels | nindent 4 }}
  {{- end }}
```

## Limits
Only files of a recognised kind: Compose by name or by a top-level `services`, Kubernetes by `apiVersion` and `kind`,
Helm values, the metadata of Mage pipelines, and XML and JSON reports that the plan names as evidence. Any other YAML is
not looked at, and neither is a template, by its braces, by its name (`compose.template.yml`) or by the properties that
Maven and Gradle put into resources below `src`. YAML beyond 4 MiB or 200 levels is not read. A key that its mapping
already has is a fault in Compose files only.

Of SQL: bytes that are no text in UTF-8 (or in UTF-16 or UTF-32 under a byte order mark), a zero byte, and files beyond
32 MiB, of which nothing is judged. SQL that sets `client_encoding`, SQL of another database than PostgreSQL and
templates are left alone, but not what is no text at all. What stands before and behind bytes that cannot be read is
judged.

## References
- <https://yaml.org/spec/1.2.2/>
- <https://docs.docker.com/reference/compose-file/>
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.tool.model import Unreadable

RULE = Rule(
    code="PAL902",
    name="unreadable-input",
    message="{kind} file cannot be read: {reason}",
    severity=Severity.HIGH,
    story="PAL9",
    since="0.1.0",
)


@RULE.on(Unreadable)
def check(unreadable: Unreadable, _config: object) -> Iterator[Finding]:
    """Report where reading ends and why."""
    yield RULE.finding(unreadable.position, kind=unreadable.kind, reason=unreadable.reason)
