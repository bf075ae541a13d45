"""Which images the tree builds: by a service's `build`, by the name that it gives them, by a directory's name."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from flake8_planalign.formats import compose, dockerfile
from flake8_planalign.formats.compose_merge import by_key
from flake8_planalign.formats.located import Table, Text, Value, table, text
from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy
from flake8_planalign.physical.dockerfile_reader import Built, built, inlined, line_of
from flake8_planalign.physical.runtime import Line

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["Builds", "builders", "model_of", "started_as"]

_BUILD_FILES: Final = ("Makefile", "pom.xml", "build.gradle", "build.gradle.kts", "*.sh")
#: So many files are looked at for how images are built.
_BUILD_LIMIT: Final = 100
_DOCKER_FILES: Final = ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", "*.sh")
_STARTS_JAVA: Final = lazy(r"^\s*(?:ENTRYPOINT|CMD)\s*\[\s*\"java\"", re.MULTILINE | re.IGNORECASE)
_HANDS_OPTIONS: Final = lazy(r"\$\{?\w*(?:OPT|ARGS|JVM)", re.IGNORECASE)
_BUILDPACKS: Final = lazy(r"spring-boot:build-image|<goal>build-image|bootBuildImage|paketobuildpacks/|\bpack build\b")
#: So many Dockerfiles of a project that stand in its Compose files are read.
_INLINE_LIMIT: Final = 50


def model_of(files: list[Source], project: Project) -> compose.Model:
    """Return the project that files make up; it is read once for all views."""
    return compose.remembered(files, project)


class Builds:
    """The images of a project's services that the tree builds."""

    def __init__(self, model: compose.Model, project: Project) -> None:
        self.model, self.project = model, project
        self.inlines = 0
        self.made: dict[int, Built | None] = {}

    def of(self, given: Table) -> Built | None:
        """Return the image that a service is built as, or another one builds under this service's name for it."""
        if "build" in given.items:
            return self.built(given)
        image = text(given.items.get("image"))
        if image is None or not image.value:
            return None
        name = _whole_name(image)
        here = self.named.get(name)
        return here.built if here is not None else None if image.unknown else _built_images(self.project).get(name)

    @functools.cached_property
    def named(self) -> Mapping[str, _Named]:
        """The images that the services of this project build and name."""
        found: dict[str, _Named] = {}
        for service in self.model.services:
            image = text(service.table.items.get("image"))
            made = self.built(service.table) if image is not None else None
            if image is not None and made is not None:
                name = _whole_name(image)
                build = table(service.table.items.get("build"))
                known = _Named(made, (made.path, *(str(_written(build.items.get(key))) for key in ("target", "args"))))
                found[name] = known if name not in found or found[name].how == known.how else _Named(None, ())
        return found

    def built(self, given: Table) -> Built | None:
        """Return the image that a service is built as; None if it is not built from a file of the tree."""
        if id(given) not in self.made:
            self.made[id(given)] = self._make(given)
        return self.made[id(given)]

    def _make(self, given: Table) -> Built | None:
        build = given.items.get("build")
        if build is None:
            return None
        context = text(build) or text(table(build).items.get("context"))
        if context is not None and (context.unknown or "://" in context.value or context.value.startswith("git@")):
            return None
        named = text(table(build).items.get("dockerfile"))
        target = text(table(build).items.get("target"))
        arguments = {
            name: value
            for name, value in by_key(table(build).items.get("args")).items.items()
            if isinstance(value, Text)
        }
        place = build.place
        folder = os.path.join(place.origin.folder, context.value if context else ".")
        if (named is not None and named.unknown) or (target is not None and target.unknown):
            return None
        stage = target.value if target else None
        inline = table(build).items.get("dockerfile_inline")
        if inline is not None:
            self.inlines += 1
            if not isinstance(inline, Text) or self.inlines > _INLINE_LIMIT:
                return None
            return inlined(inline, folder, stage, arguments, self.project)
        return built(folder, named.value if named else "Dockerfile", stage, arguments, self.project, place)


class _Named(msgspec.Struct, frozen=True):
    """An image that is built under a name, and how; None if it is built in several ways."""

    built: Built | None
    how: tuple[str, ...]


def _whole_name(image: Text) -> str:
    """Return the name by which an image is the same as another: with its tag, as written if a variable is open."""
    name = image.written if image.unknown else image.value
    return name.removesuffix(":latest")


def _written(value: Value | None) -> str | None:
    """Return what a value of a file says, for comparison."""
    if isinstance(value, Text):
        return value.value
    items = by_key(value).items
    return repr(sorted((key, item.value) for key, item in items.items() if isinstance(item, Text)))


def _compose_files(project: Project) -> Iterator[Source]:
    for pattern in ("*.yml", "*.yaml"):
        for path in project.files(pattern):
            source = project.companion(path)
            if source is not None and source.kind is FileKind.COMPOSE:
                yield source


def _building(project: Project) -> Mapping[str, Builds]:
    """Return the Compose files that may build images, by their paths."""

    def find() -> Mapping[str, Builds]:
        sources = [source for source in _compose_files(project) if "build" in source.text]
        return {source.absolute: Builds(model_of([source], project), project) for source in sources}

    return project.remembered("compose builds", find)


def _built_images(project: Project) -> Mapping[str, Built]:
    """Return the images that Compose files build, by their whole names; without those of several builds."""

    def find() -> Mapping[str, Built]:
        found: dict[str, _Named] = {}
        for builds in _building(project).values():
            for name, named in builds.named.items():
                same = name not in found or found[name].how == named.how
                found[name] = named if same else _Named(None, ())
        return {name: named.built for name, named in found.items() if named.built is not None and "$" not in name}

    return project.remembered("compose images", find)


def builders(project: Project) -> Mapping[str, list[str]]:
    """Return which Compose files run what which Dockerfiles build, as far as they build it or another one does."""

    def find() -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        building = dict(_building(project))
        names = _built_images(project)
        for source in _compose_files(project) if names else ():
            if source.absolute not in building and any(name in source.text for name in names):
                building[source.absolute] = Builds(model_of([source], project), project)
        for path, builds in building.items():
            for service in builds.model.services:
                made = builds.of(service.table)
                if made is not None and path not in found.setdefault(made.path, []):
                    found[made.path].append(path)
        return found

    return project.remembered("compose builders", find)


def started_as(project: Project, image: str) -> tuple[Line | None, bool] | None:
    """Return what an image that the tree builds starts with, and whether that is sure; None if it builds none such.

    It is sure where a Compose file names image and Dockerfile; a directory that is called like the image only hints.
    What buildpacks may have built, or a tree whose images all start `java` themselves, starts with a line that nobody
    states (None), and surely with no script.
    """
    name = image.partition("@")[0].rpartition("/")
    last = name[2].partition(":")[0]
    built = _images_by_name(project).get(f"{name[0]}/{last}" if name[0] else last)
    if built is not None:
        line, known = line_of(built.image)
        return (line, True) if known and built.script is None else None
    sources = [path for path in project.files("Dockerfile") if os.path.basename(os.path.dirname(path)) == last]
    source = project.companion(sources[0]) if last and len(sources) == 1 else None
    made = dockerfile.image_of(dockerfile.parse(source)) if source is not None else None
    if made is not None:
        return line_of(made)[0], False
    return (None, True) if _uses_buildpacks(project) or _reads_no_options(project) else None


def _uses_buildpacks(project: Project) -> bool:
    """Tell whether the project has images built by buildpacks, whose calculator sizes the heap."""

    def find() -> bool:
        paths = [path for pattern in _BUILD_FILES for path in project.files(pattern)]
        sources = (project.companion(path) for path in paths[:_BUILD_LIMIT])
        return any(source is not None and _BUILDPACKS.search(source.text) for source in sources)

    return project.remembered("buildpacks", find)


def _reads_no_options(project: Project) -> bool:
    """Tell whether images of the project start Java, and no Dockerfile or script hands options of a variable to it."""

    def find() -> bool:
        paths = [path for pattern in _DOCKER_FILES for path in project.files(pattern)]
        sources = (project.companion(path) for path in paths[:_BUILD_LIMIT])
        texts = [source.text for source in sources if source is not None]
        starts = any(_STARTS_JAVA.search(text) for text in texts)
        return starts and not any(_HANDS_OPTIONS.search(text) for text in texts)

    return project.remembered("options of java", find)


def _images_by_name(project: Project) -> Mapping[str, Built]:
    """Return the images that Compose files build, by their names without a tag; none of several Dockerfiles."""

    def find() -> Mapping[str, Built]:
        found: dict[str, Built] = {}
        several: set[str] = set()
        for builds in _building(project).values():
            for whole, named in builds.named.items():
                if "$" in whole:
                    continue
                owner, slash, last = whole.partition("@")[0].rpartition("/")
                name = owner + slash + last.partition(":")[0]
                if named.built is None or (name in found and found[name].path != named.built.path):
                    several.add(name)
                else:
                    found[name] = named.built
        return {name: made for name, made in found.items() if name not in several}

    return project.remembered("compose image names", find)
