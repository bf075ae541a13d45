"""A handler that says that something failed, and not what.

## Why

`logger.error("failed")` at three in the morning tells that something failed. The exception, which says what and
where, was at hand and is gone.

## Bad

```python
import logging

logger = logging.getLogger(__name__)

def load(store):
    try:
        return store.load()
    except ValueError:
        logger.error("loading failed")  # PAL153:8
    except KeyError as error:
        raise RuntimeError("no such key")  # PAL153:8
```

## Good

```python
import logging
import traceback

logger = logging.getLogger(__name__)

def load(store, name):
    try:
        return store.load()
    except ValueError:
        logger.exception("loading failed")
    except TypeError:
        logger.error("loading failed", exc_info=True)
    except OSError as error:
        logger.error("loading failed: %s", error)
    except LookupError:
        logger.warning("no such name: %s", name)
    except RuntimeError as error:
        raise ValueError("no such key") from error
    except ArithmeticError:
        traceback.print_exc()
        logger.error("loading failed")
    except (TimeoutError, KeyboardInterrupt):
        logger.warning("loading took too long")
    except BufferError:
        # the error may hold what was loaded, which is secret
        logger.error("loading failed")
```

## Limits

Off by default, since many are a matter of taste: of 57 findings that were read in real code 3 were wrong (none of the
last 43), and of 15 the name of the error was all there was to tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.messages import LostContext
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL153",
    name="error-context-lost",
    message="`{call}` leaves out the error that it speaks of; {remedy}",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-05",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(LostContext)
def check(lost: LostContext, _config: object) -> Iterator[Finding]:
    """Report messages without the error."""
    yield RULE.finding(lost.position, call=lost.call, remedy=lost.remedy)
