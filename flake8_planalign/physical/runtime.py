"""The JVMs of a container, from its variables and its command line."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from flake8_planalign.formats.located import Text
from flake8_planalign.formats.words import Word, commands, java_words
from flake8_planalign.physical.jvm import Flag, Jvm, flags

__all__ = ["SCRIPT_VARIABLES", "jvms"]

#: Variables that the JVM or its launcher reads itself, and which of them wins; the command line has rank 2.
_LAUNCHER: Final = {"JAVA_TOOL_OPTIONS": 0, "JDK_JAVA_OPTIONS": 1, "_JAVA_OPTIONS": 4}
_COMMAND_RANK: Final = 3
#: Variables that start scripts put on the command line.
SCRIPT_VARIABLES: Final = frozenset(
    {
        "JAVA_OPTS", "JAVA_ARGS", "JVM_OPTS", "JAVA_OPTIONS", "JVM_ARGS", "ES_JAVA_OPTS", "LS_JAVA_OPTS",
        "OPENSEARCH_JAVA_OPTS", "KAFKA_HEAP_OPTS", "CATALINA_OPTS", "SPRING_JAVA_OPTS", "SBT_OPTS", "MAVEN_OPTS",
        "GRADLE_OPTS", "NEXUS_JAVA_OPTS", "INSTALL4J_ADD_VM_PARAMS", "SOLR_JAVA_MEM", "SOLR_OPTS", "HEAP_OPTS",
        "BOOKIE_MEM", "PULSAR_MEM", "ZEPPELIN_MEM", "JVMFLAGS", "SERVER_JVMFLAGS", "ZOO_JVMFLAGS", "JENKINS_JAVA_OPTS",
        "JENKINS_OPTS", "KEYCLOAK_JAVA_OPTS", "JAVA_OPTS_APPEND", "JAVA_OPTS_KC_HEAP", "DRUID_JAVA_OPTS",
        "JAVA_MEM_OPTS", "JAVA_HEAP_OPTS", "JVM_MEM_OPTS", "JAVA_EXTRA_OPTS", "SCHEMA_REGISTRY_HEAP_OPTS",
        "KSQL_HEAP_OPTS", "CONNECT_HEAP_OPTS", "KAFKAREST_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_OPTS",
    }
)  # fmt: skip
#: Images that run several JVMs have a variable for each.
_SEVERAL: Final = frozenset({"SONAR_WEB_JAVAOPTS", "SONAR_CE_JAVAOPTS", "SONAR_SEARCH_JAVAOPTS"})
_SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_VALUED: Final = frozenset(
    {"-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules", "-m", "--module"}
)


def jvms(environment: Mapping[str, Text], command: Sequence[Word] | Text | None) -> tuple[Jvm, ...]:
    """Return the JVMs of a container as far as they are sized: what its variables and its command line say."""
    launcher = [
        flag
        for name, rank in _LAUNCHER.items()
        if name in environment
        for flag in flags(java_words(environment[name]), f"`{name}`", rank)
    ]
    found = [
        _jvm(name, [*launcher, *flags(java_words(environment[name]), f"`{name}`", 2)])
        for name in sorted(_SEVERAL & set(environment))
    ]
    if found:
        return tuple(found)
    scripts = [
        flag
        for name, text in environment.items()
        if name in SCRIPT_VARIABLES
        for flag in flags(java_words(text), f"`{name}`", 2)
    ]
    lines = list(_java_commands(environment, command))
    for words in lines:
        on_line = list(flags(words, "the command", _COMMAND_RANK))
        named = {flag.word.text.place for flag in on_line}
        rest = [flag for flag in scripts if flag.word.text.place not in named]
        found.append(_jvm("java", [*launcher, *rest, *on_line]))
    if not found and (launcher or scripts):
        found.append(_jvm("java", [*launcher, *scripts]))
    return tuple(found)


def _jvm(name: str, found: list[Flag]) -> Jvm:
    return Jvm(name, tuple(sorted(found, key=lambda flag: flag.rank)))


def _java_commands(environment: Mapping[str, Text], command: Sequence[Word] | Text | None) -> Iterator[list[Word]]:
    """Yield the options of each `java` on a command line."""
    if command is None:
        return
    lines = commands(command, environment.get) if isinstance(command, Text) else [list(command)]
    for words in lines:
        script = _script(words)
        if script is not None:
            yield from _java_commands(environment, script.text)
            continue
        at = next((index for index, word in enumerate(words) if posixpath.basename(word.value) == "java"), None)
        if at is not None:
            yield list(_options(words[at + 1 :]))
        elif words and words[0].value[:4] in ("-Xmx", "-Xms", "-XX:"):
            yield list(_options(words))


def _script(words: Sequence[Word]) -> Word | None:
    """Return the line that a shell is given with `-c`."""
    if len(words) > 2 and posixpath.basename(words[0].value) in _SHELLS:
        for index, word in enumerate(words[1:-1], 1):
            if word.value.startswith("-") and word.value.endswith("c") and not word.value.startswith("--"):
                return words[index + 1]
    return None


def _options(words: Sequence[Word]) -> Iterator[Word]:
    """Yield what stands before the class or the archive, which takes the rest for itself."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.value == "-jar" or (not word.value.startswith("-") and word.known):
            return
        elif word.value in _VALUED:
            skip = True
        else:
            yield word
