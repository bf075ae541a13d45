"""The words of the Development view: artifacts, what is wrong with them, versions and layers."""

from __future__ import annotations

import enum

import msgspec

from flake8_planalign.rule import Finding, Position, Related, Rule

__all__ = [
    "DuplicateFunction",
    "Effect",
    "Fault",
    "Hazard",
    "InvalidMojo",
    "Kind",
    "Layer",
    "LayerImport",
    "Loose",
    "Mismatch",
    "MissingJar",
    "ModelDump",
    "ModelExport",
    "MojoPath",
    "NameHazard",
    "Statement",
    "UnavailableExport",
    "UnexportedTraining",
    "UnsafeArchive",
    "Unsupported",
    "WrongArtifact",
    "crossing",
]


class Effect(enum.StrEnum):
    """What the H2O reader makes of a fault."""

    REJECTED = "the H2O reader rejects the model"
    UNSCORABLE = "the model loads and then cannot score"
    DIFFERENT = "the model loads and scores differently, without an error"
    UNNOTICED = "a reader that is given the path does not notice, one that reads a stream rejects the model"


class Fault(msgspec.Struct, frozen=True):
    """Something wrong in a model: the entry, what it is and should be, and what comes of it.

    `key` is the name of the line of model.ini that is wrong, empty where it is not one line.
    """

    entry: str
    problem: str
    effect: Effect
    key: str = ""


class Hazard(msgspec.Struct, frozen=True):
    """Why it is dangerous to open an archive; `entry` is empty where it is the archive as a whole."""

    entry: str
    problem: str


class UnsafeArchive(msgspec.Struct, frozen=True):
    """An archive of H2O's that is dangerous to unpack or that two readers see differently."""

    position: Position
    hazard: Hazard


class InvalidMojo(msgspec.Struct, frozen=True):
    """A fault of a model file, with its place: line 1 of an archive, the line in the model.ini of a directory."""

    position: Position
    fault: Fault


class ModelDump(msgspec.Struct, frozen=True):
    """A model in a form that is not to be deployed: "POJO" or "binary model", and the H2O that wrote it."""

    position: Position
    kind: str
    version: str


class Kind(enum.IntEnum):
    """Where a version is stated; the first two can be the pin that all others are measured by, in this order."""

    LOCK = 0
    REQUIREMENT = 1
    CONSTRAINT = 2
    COMMAND = 3
    VARIABLE = 4
    URL = 5
    IMAGE = 6
    ARTIFACT = 7


class Statement(msgspec.Struct, frozen=True):
    """A place that says which version of something there is to be.

    `subject` is the package, image or file; `product` is "h2o" for what must have the client's version, else the
    package's name. `version` is the one that is fixed, None if none is; `loose` says why it is not fixed, empty where
    it is or where that cannot be known. `specifier` is the range as PEP 440. `path` is absolute, for the project.
    """

    position: Position
    path: str
    kind: Kind
    subject: str
    product: str
    written: str
    version: str | None
    loose: str = ""
    specifier: str = ""


class Loose(msgspec.Struct, frozen=True):
    """A version that is not fixed, where it must be."""

    statement: Statement


class Mismatch(msgspec.Struct, frozen=True):
    """A version that deviates from the project's pin; `pin` says which version that is, `where` where it stands."""

    statement: Statement
    pin: str
    where: str
    related: tuple[Related, ...] = ()


class ModelExport(msgspec.Struct, frozen=True):
    """A call that writes a model of H2O to a file: "mojo", "pojo" or "binary".

    `call` names it, with the helper functions on the way where it is not made here. `jar` is False where the call is
    sure not to fetch h2o-genmodel.jar, `certain` tells that the receiver is known to be a model of H2O.
    """

    position: Position
    call: str
    form: str
    certain: bool
    jar: bool | None = None


class MojoPath(msgspec.Struct, frozen=True):
    """The path that a call writes a MOJO to, where it has an extension that a MOJO does not have."""

    position: Position
    call: str
    path: str


class UnavailableExport(msgspec.Struct, frozen=True):
    """An export that the installed version of H2O refuses, and the statement that decides the version."""

    position: Position
    call: str
    version: str
    where: str
    certain: bool


class MissingJar(msgspec.Struct, frozen=True):
    """An export of a MOJO without the jar that the project scores it with; `evidence` says where it scores."""

    position: Position
    call: str
    evidence: str


class WrongArtifact(msgspec.Struct, frozen=True):
    """A name that says which file is deployed as the model, and that it is no MOJO."""

    position: Position
    name: str
    path: str


class UnexportedTraining(msgspec.Struct, frozen=True):
    """A training from which no export of a MOJO is reached; `where` names the script or the pipeline."""

    position: Position
    call: str
    where: str


class Layer(enum.StrEnum):
    """Where a module belongs in the monorepo; `ASIDE` are tests, scripts and whatever puts the layers together."""

    SERVICE = "service"
    PIPELINE = "pipeline"
    COMMON = "common"
    ASIDE = "aside"


class LayerImport(msgspec.Struct, frozen=True):
    """An import that goes from one layer to another.

    `text` is the import as written; `form` says how it is made where that is not a plain import. `chain` are the
    modules of common code on the way, each with the place of its own import, empty for a direct one.
    """

    position: Position
    importer: Layer
    imported: Layer
    text: str
    form: str = ""
    chain: tuple[Related, ...] = ()


class DuplicateFunction(msgspec.Struct, frozen=True):
    """A function whose body stands in the other layer as well."""

    position: Position
    name: str
    lines: int
    other: str
    layer: Layer


def crossing(rule: Rule, item: LayerImport) -> Finding:
    """Return the finding of a rule about an import that crosses the layers."""
    steps = [f"{step.path}:{step.position.line}" for step in item.chain]
    return rule.finding(
        item.position,
        related=item.chain,
        text=item.text,
        form=f" ({item.form})" if item.form else "",
        chain=f" through {' -> '.join(steps)}" if steps else "",
        layer=item.imported.value,
    )


class NameHazard(msgspec.Struct, frozen=True):
    """A name in a model that its reader sees otherwise than its writer meant it; `remedy` completes the text."""

    position: Position
    problem: str
    remedy: str


class Unsupported(msgspec.Struct, frozen=True):
    """Something that the runtime in the plan cannot load or cannot be installed in."""

    position: Position
    problem: str
    remedy: str
