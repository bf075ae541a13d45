"""A model archive that is dangerous to unpack, or in which two readers see two different models.

## Why
A model comes from a registry, a bucket, a colleague. A name that climbs out of the directory overwrites files where it
is unpacked; a bomb takes the memory of the service that loads it; with two directories, two entries of one name or
bytes before the archive, the scanner sees one model and the service loads another.

## Bad
`models/churn.zip`:
```zip
--- model.ini
[info]
algorithm = Gradient Boosting Machine
--- domains/d000.txt
no
yes
--- ../../etc/cron.d/job
* * * * * root curl example.com
```
```expect
models/churn.zip:1:0 PAL317
models/churn.zip:1:0 PAL316
```

An archive within the archive, which the format does not have:

`models/churn.zip`:
```zip
--- model.ini
[info]
algorithm = Gradient Boosting Machine
--- domains/d000.txt
no
yes
--- payload.jar
PK
```
```expect
models/churn.zip:1:0 PAL317
models/churn.zip:1:0 PAL316
```

## Good
`models/churn.zip`:
```zip
--- model.ini
[info]
algorithm = Gradient Boosting Machine
--- domains/d000.txt
no
yes
```

Only H2O's archives are judged:

`backup.zip`:
```zip
--- ../../etc/cron.d/job
* * * * * root curl example.com
```

## Limits
Nothing is unpacked: names and sizes are those of the directory, and entries are decompressed in pieces of 64 KiB and
thrown away.

## References
- [CWE-22: path traversal](https://cwe.mitre.org/data/definitions/22.html)
- [CWE-409: data amplification](https://cwe.mitre.org/data/definitions/409.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import UnsafeArchive
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL317",
    name="unsafe-archive",
    message="unsafe archive: {subject} {problem}",
    severity=Severity.CRITICAL,
    story="DEV-REV-01-01",
    since="0.1.0",
)


@RULE.on(UnsafeArchive)
def check(archive: UnsafeArchive, _config: object) -> Iterator[Finding]:
    """Report the hazard at the archive."""
    entry = archive.hazard.entry
    yield RULE.finding(
        archive.position, subject=f"`{entry[:100]}`" if entry else "as a whole,", problem=archive.hazard.problem
    )
