"""What a container runs: its command line, and the JVMs that this and its variables size."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from flake8_planalign.formats.located import Text
from flake8_planalign.formats.quantities import java_bytes
from flake8_planalign.formats.words import Word, commands, java_words, program_at
from flake8_planalign.patterns import lazy
from flake8_planalign.physical.jvm import SCRIPT_RANK, Flag, Jvm, Setting, flags

__all__ = ["CONVENTIONAL", "Line", "Runtime", "runtime", "simple_commands"]

#: What a container starts: words, or a line that a shell reads.
Line = Sequence[Word] | Text
#: Variables that the JVM or its launcher reads itself, by which of them wins; scripts pass theirs on the command line.
_LAUNCHER: Final = {"JAVA_TOOL_OPTIONS": 0, "JDK_JAVA_OPTIONS": 1, "_JAVA_OPTIONS": 4}
_COMMAND_RANK: Final = 3
_JAVA: Final = frozenset({"java"})
#: Variables that are for the JVM by convention, even where they say nothing of the heap.
CONVENTIONAL: Final = frozenset(
    {"JAVA_OPTS", "JAVA_ARGS", "JVM_OPTS", "JAVA_OPTIONS", "JVM_ARGS", "CATALINA_OPTS", "JAVA_OPTS_APPEND"}
)
_SIZED: Final = lazy(r"(?:^|\s)[\"']?(?:-Xm[xs]|-XX:(?:Max|Min|Initial)(?:Heap|RAM|Direct))")
#: Variables that images turn into the configuration of jobs, whose JVMs run elsewhere (`MAPRED_CONF_...`), and those of
#: other runtimes.
_FOR_OTHERS: Final = lazy(r"_CONF_|_child_|_executor_|^DOTNET_|^NODE_OPTIONS$", re.IGNORECASE)
#: Images that run several JVMs have a variable for each, in the place of the options that they bring, and one for more;
#: of the third nobody but Elasticsearch says how large it is without a size.
#: Source: `ProcessProperties` and `Props.setDefault` of SonarQube, where a blank text is none.
_SEVERAL: Final = {
    "SONAR_CE_JAVAOPTS": "SONAR_CE_JAVAADDITIONALOPTS",
    "SONAR_SEARCH_JAVAOPTS": "SONAR_SEARCH_JAVAADDITIONALOPTS",
    "SONAR_WEB_JAVAOPTS": "SONAR_WEB_JAVAADDITIONALOPTS",
}
_OF_SEVERAL: Final = frozenset({*_SEVERAL, *_SEVERAL.values()})
_SIZES_ITSELF: Final = "SONAR_SEARCH_JAVAOPTS"
#: Variables that hold a size of the heap without an option, and where the unit is missing, what it is.
_HEAP_SIZES: Final = {
    "MAX_HEAP_SIZE": "",
    "JVM_XMX": "",
    "ELASTICSEARCH_HEAP_SIZE": "",
    "OPENSEARCH_HEAP_SIZE": "",
    "SOLR_HEAP": "",
    "ZOO_HEAP_SIZE": "m",
    "JVM_MAXIMUM_MEMORY": "",
    "NEO4J_dbms_memory_heap_max__size": "",
    "NEO4J_server_memory_heap_max__size": "",
}
#: Variables that are not read beside another one. Source: `bin/solr`.
_INSTEAD: Final = {"SOLR_JAVA_MEM": "SOLR_HEAP"}
#: Variables for products that bring sizes in a file of their own (`jvm.options`), where the variable has none.
_BRING_SIZES: Final = ("ES_JAVA_OPTS", "LS_JAVA_OPTS", "OPENSEARCH_JAVA_OPTS")
#: Variables that are called like it, and that their image does not read. Source: the launcher of Trino, which reads
#: `etc/jvm.config`.
_UNREAD: Final = frozenset({"TRINO_JVM_OPTS"})
#: Programs that run no Java themselves and hand no such variable to it.
_OTHER_PROGRAMS: Final = frozenset(
    {
        "celery", "curl", "dotnet", "gunicorn", "mongosh", "mysql", "mysqladmin", "nginx", "node", "npm", "php",
        "php-fpm", "psql", "python", "python3", "redis-cli", "ruby", "sleep", "streamlit", "tail", "uvicorn",
    }
)  # fmt: skip
_SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_VALUED: Final = frozenset(
    {"-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules", "-m", "--module"}
)
_CODE: Final = frozenset({"-jar", "-cp", "-classpath", "--class-path", "-m", "--module"})
#: Names of variables that hold options, in a word of which nobody says what it is.
_OPTIONS: Final = lazy(r"OPT|ARG|JVM|FLAG|XM|MEM|HEAP", re.IGNORECASE)
_NESTING_LIMIT: Final = 5


class Runtime(msgspec.Struct, frozen=True):
    """The JVMs of a container, the simple commands that it starts with, and what is said to nobody."""

    jvms: tuple[Jvm, ...]
    commands: tuple[tuple[Word, ...], ...]
    unread: tuple[Flag, ...]


def runtime(
    environment: Mapping[str, Text], line: Line | None, *, image_known: bool, script: Text | None = None
) -> Runtime:
    """Return what a container runs: its line, and the script that this begins with, if the tree has it.

    `image_known` tells that no script of the image stands before the line.
    """
    lines = [line] if script is None else [line, script]
    simple = tuple(tuple(words) for item in lines for words in simple_commands(environment, item))
    launcher = [
        flag
        for name, rank in _LAUNCHER.items()
        if name in environment
        for flag in flags(java_words(environment[name]), f"`{name}`", rank)
    ]
    several: list[Jvm] = []
    if not _OF_SEVERAL.isdisjoint(environment):
        several = [jvm for name in _SEVERAL if (jvm := _one_of_several(name, environment, launcher)) is not None]
    if several:
        return Runtime(tuple(several), simple, ())
    scripts = list(_script_flags(environment))
    direct = (
        image_known
        and script is None
        and line is not None
        and not isinstance(line, Text)
        and bool(line)
        and posixpath.basename(line[0].value) == "java"
    )
    elsewhere = bool(simple) and all(_is_no_java(words) for words in simple)
    if elsewhere:
        scripts = []
    unread = [flag for flag in scripts if direct and flag.where.strip("`") in CONVENTIONAL]
    found = []
    for words in simple:
        options = _java_options(words)
        if options is None:
            continue
        vague = {name for name in (*_LAUNCHER, *CONVENTIONAL) if name in environment and environment[name].unknown}
        on_line = list(flags(options, "the command", _COMMAND_RANK))
        passed = {flag.word.text.place for flag in on_line}
        # What a line does not name reaches a `java` that it starts itself by no way.
        alone = image_known and script is None and _begins_with(words, _JAVA)
        rest = [flag for flag in scripts if not alone and flag.word.text.place not in passed]
        is_open = any(not word.known or word.value.startswith("@") for word in options)
        is_open = is_open or not vague.isdisjoint(_LAUNCHER) or (bool(vague) and not alone)
        found.append(Jvm("java", _ranked([*launcher, *rest, *on_line]), open=is_open))
    speaking = (*_LAUNCHER, *(() if elsewhere else CONVENTIONAL))
    named = not environment.keys().isdisjoint(speaking)
    if not found and (launcher or scripts or (named and not direct)):
        held = [environment[name] for name in speaking if name in environment]
        is_open = any(text.unknown for text in held) or any(name in environment for name in _BRING_SIZES)
        found.append(Jvm("java", _ranked([*launcher, *scripts]), open=is_open))
    return Runtime(tuple(found), simple, tuple(unread))


def _one_of_several(name: str, environment: Mapping[str, Text], launcher: list[Flag]) -> Jvm | None:
    """Return the JVM that a variable of its own is for; None where nothing is said of its size."""
    stated, further = environment.get(name), environment.get(_SEVERAL[name])
    if stated is None and further is None:
        return None
    texts = [text for text in (stated, further) if text is not None]
    passed = [flag for text in texts for flag in flags(java_words(text), f"`{name}`", SCRIPT_RANK)]
    if stated is None and not passed:
        return None
    replaces = stated is not None and bool(stated.value.strip()) and name != _SIZES_ITSELF
    return Jvm(name, _ranked([*launcher, *passed]), open=any(text.unknown for text in texts), replaces=replaces)


def _ranked(found: list[Flag]) -> tuple[Flag, ...]:
    return tuple(sorted(found, key=lambda flag: flag.rank))


def _script_flags(environment: Mapping[str, Text]) -> Iterator[Flag]:
    for name, text in environment.items():
        if name not in _HEAP_SIZES and "-X" not in text.value:
            continue
        if name in _LAUNCHER or name in _UNREAD or _FOR_OTHERS.search(name) or _INSTEAD.get(name) in environment:
            continue
        if name in _HEAP_SIZES:
            written = text.value + (_HEAP_SIZES[name] if text.value.isdigit() else "")
            size = None if text.unknown else java_bytes(written)
            if size:
                word = Word(f"{name}={text.value}", text)
                yield Flag(Setting.MAX, word, float(size), None, f"`{name}`", SCRIPT_RANK)
        elif _SIZED.search(text.value):
            yield from flags(java_words(text), f"`{name}`", SCRIPT_RANK)


def simple_commands(environment: Mapping[str, Text], line: Line | None) -> Iterator[list[Word]]:
    """Yield the simple commands of a line, also of the lines that it hands to a shell."""
    pending: list[tuple[Line, int]] = [(line, 0)] if line is not None else []
    while pending:
        now, depth = pending.pop()
        for words in commands(now, environment.get) if isinstance(now, Text) else [list(now)]:
            script = _script(words)
            if script is not None and depth < _NESTING_LIMIT:
                same = script.known and script.text.value == script.value
                line = script.text if same else Text(script.value, script.text.place, unknown=not script.known)
                pending.append((line, depth + 1))
            elif words:
                yield words


def _script(words: Sequence[Word]) -> Word | None:
    """Return the line that a shell is given with `-c`."""
    for index, word in enumerate(words[:-2]):
        if posixpath.basename(word.value) in _SHELLS:
            for place, option in enumerate(words[index + 1 : -1], index + 1):
                if not option.value.startswith("-"):
                    return None
                if option.value.endswith("c") and not option.value.startswith("--"):
                    return words[place + 1]
    return None


def _java_options(words: Sequence[Word]) -> list[Word] | None:
    """Return the options of the `java` on a command line, None if there is none."""
    at = program_at(words, "java")
    if at is not None:
        return list(_options(words[at + 1 :]))
    if words and words[0].value[:4] in ("-Xmx", "-Xms", "-XX:") and any(map(_names_code, words)):
        # The image's own `java` takes them; without code they come behind the image's class, which is given them then.
        return list(_options(part for word in words for part in (java_words(word.text) if word.known else [word])))
    return None


def _names_code(word: Word) -> bool:
    return word.value in _CODE or not word.value.startswith("-")


def _is_no_java(words: Sequence[Word]) -> bool:
    return _begins_with(words, _OTHER_PROGRAMS) or words[0].value.endswith(".py")


def _begins_with(words: Sequence[Word], programs: Container[str]) -> bool:
    first = next((word.value for word in words if word.value != "exec"), "")
    return posixpath.basename(first) in programs


def _options(words: Iterable[Word]) -> Iterator[Word]:
    """Yield what stands before the class or the archive, which takes the rest for itself.

    Behind `-jar` there may be more options: the archive is the first word that is none.
    """
    skip = archive = False
    for word in words:
        if skip:
            skip = False
        elif word.value == "-jar":
            archive = True
        elif not word.value.startswith(("-", "@")) and (
            word.known or (archive and not _OPTIONS.search(word.text.written))
        ):
            return
        elif word.value in _VALUED:
            skip = True
        else:
            yield word
