"""The schema that our replay of a package's migrations gives, against the one that they leave in a PostgreSQL server.

Run it with the Python of an environment that has this project, psycopg2 and the package with its own dependencies:

    python benchmarks/replay_truth.py arize-phoenix prefect litellm-proxy-extras --with PATH_OF_VENV/bin/python

A server is started for the run in a temporary directory, by the `initdb` and `postgres` of the system (on Debian the
package `postgresql`), and every package upgrades a database of its own by its own command. Prints, for each package,
how many tables, columns, types and indexes are the same, and every difference.
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2

from flake8_planalign.config import Run
from flake8_planalign.formats.sql import read_condition
from flake8_planalign.logical import forms, history, scripts
from flake8_planalign.logical.model import Schema
from flake8_planalign.project import Project

COLUMNS = """
    select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), t.typtype from pg_class c
    join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
"""
#: Indexes of constraints are constraints, here as there. An operator class is named where it is not the default one.
INDEXES = """
    select t.relname, i.relname, m.amname, x.indisunique, pg_get_expr(x.indpred, x.indrelid),
        array(select pg_get_indexdef(x.indexrelid, k, true) from generate_series(1, x.indnkeyatts) k),
        array(select case when o.opcdefault then '' else o.opcname end
              from unnest(x.indclass) with ordinality c (id, k) join pg_opclass o on o.oid = c.id order by k)
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
    join pg_am m on m.oid = i.relam join pg_namespace n on n.oid = t.relnamespace
    where n.nspname = 'public' and not x.indisprimary
    and not exists (select 1 from pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u', 'x'))
"""
_SERIALS = {"bigserial": "bigint", "serial": "integer", "smallserial": "smallint"}
#: Tables that the tools keep for themselves.
_OWN = frozenset({"alembic_version", "django_migrations", "_prisma_migrations"})


class Package(NamedTuple):
    """How a package upgrades a database: a command for its own Python, and what it reads from the environment.

    Without a command its SQL migrations are run one after the other.
    """

    module: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}


_PHOENIX = """
from phoenix.db.migrate import migrate
from sqlalchemy.ext.asyncio import create_async_engine
migrate(create_async_engine("postgresql+asyncpg://{where}"))
"""
_MLFLOW = """
import sqlalchemy
from mlflow.store.db.utils import _upgrade_db
from mlflow.store.tracking.dbmodels.initial_models import Base
engine = sqlalchemy.create_engine("postgresql+psycopg2://{where}")
Base.metadata.create_all(engine)
_upgrade_db(engine)
"""
_ALEMBIC = ("-m", "alembic", "-c", "{folder}/alembic.ini", "upgrade", "heads")
PACKAGES = {
    "arize-phoenix": Package("phoenix", ("-c", _PHOENIX)),
    "prefect": Package(
        "prefect",
        ("-m", "prefect", "server", "database", "upgrade", "-y"),
        {"PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://{where}"},
    ),
    "apache-airflow-core": Package(
        "airflow", _ALEMBIC, {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://{where}"}
    ),
    "mlflow-skinny": Package("mlflow", ("-c", _MLFLOW)),
    "litellm-proxy-extras": Package("litellm_proxy_extras"),
}


@contextmanager
def server(statements: str = "") -> Iterator[int]:
    """Start a PostgreSQL of its own for the time of the block; yield its port.

    The statements that it was given, but for queries, are written to a file of that name at the end.
    """
    installed = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    found = shutil.which("initdb") or (installed[-1] if installed else "")
    if not found:
        sys.exit("no `initdb`: install PostgreSQL")
    folder = tempfile.mkdtemp()
    data = os.path.join(folder, "data")
    as_user: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_user |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [found, "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **as_user)  # noqa: S603
    postgres = os.path.join(os.path.dirname(found), "postgres")
    command = [postgres, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"]
    if statements:
        command += ["-c", "log_statement=mod", "-c", "log_destination=jsonlog", "-c", "logging_collector=on"]
        command += ["-c", f"log_directory={folder}/log"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **silent, **as_user)  # noqa: S603
    try:
        for _ in range(100):
            try:
                psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
                break
            except psycopg2.OperationalError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()
        if statements:
            logged = sorted(Path(folder, "log").glob("*.json"))
            found = [text for path in logged for text in _logged(path.read_text(encoding="utf-8"))]
            Path(statements).write_text("".join(f"{text.rstrip().rstrip(';')};\n" for text in found), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)


def _logged(log: str) -> Iterator[str]:
    for line in log.splitlines():
        message = json.loads(line).get("message", "")
        found = re.match(r"(?s)(?:statement|execute [^:]*): (.*)", message)
        if found is not None:
            yield found[1]


def upgrade(name: str, folder: Path, python: str, port: int) -> str:
    """Let a package upgrade an empty database; return the last words of its complaint, if it has one."""
    package = PACKAGES[name]
    database = name.replace("-", "_")
    where = f"postgres@127.0.0.1:{port}/{database}"
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")
    connection.autocommit = True
    connection.cursor().execute(f"create database {database}")
    connection.close()
    if not package.command:
        return _run_scripts(folder, port, database)
    given = {"where": where, "folder": str(folder)}
    environment = {**os.environ, **{key: value.format(**given) for key, value in package.environment.items()}}
    command = [python, *(part.format(**given) for part in package.command)]
    with tempfile.TemporaryDirectory() as home:
        environment["HOME"] = home
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=home, env=environment)  # noqa: S603
    return "" if done.returncode == 0 else (done.stderr or done.stdout)[-600:]


def _run_scripts(folder: Path, port: int, database: str) -> str:
    """Run a package's SQL migrations in the order in which their tool does."""
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname=database)
    connection.autocommit = True
    for path in scripts.ordered(map(str, folder.rglob("migration.sql"))):
        try:
            connection.cursor().execute(Path(path).read_text(encoding="utf-8"))
        except psycopg2.Error as error:
            return f"{path}: {error}"
    connection.close()
    return ""


class Truth(NamedTuple):
    """What the server's catalogue says: types by (table, column), and indexes by (table, name)."""

    columns: dict[tuple[str, str], str]
    indexes: dict[tuple[str, str], tuple[Any, ...]]


def truth(port: int, database: str) -> Truth:
    """Return what is in a database."""
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname=database)
    cursor = connection.cursor()
    cursor.execute(COLUMNS)
    columns = {
        (table, column): "enum" if kind == "e" else _plain(made)
        for table, column, made, kind in cursor.fetchall()
        if table not in _OWN
    }
    cursor.execute(INDEXES)
    indexes = {
        (table, name): (method, unique, _form(where), tuple(map(_form, parts)), tuple(classes))
        for table, name, method, unique, where, parts, classes in cursor.fetchall()
        if table not in _OWN
    }
    connection.close()
    return Truth(columns, indexes)


def ours(schema: Schema, wanted: set[str]) -> Truth:
    """Return what the replay says of the tables that migrations make, and of those wanted that models make."""
    tables = [table for table in schema.tables.values() if table.origin == "migrations" or table.name in wanted]
    columns = {(t.name, c.name): _SERIALS.get(c.type, c.type) for t in tables for c in t.columns.values()}
    indexes = {
        (table.name, index.name): (
            index.method, index.unique, _without_text(forms.form_of(index.where)) if index.where else None,
            tuple(_without_text(forms.form_of(item.expression)) for item in index.elements),
            tuple(item.operator_class for item in index.elements),
        )
        for table in tables
        for index in table.indexes
    }  # fmt: skip
    return Truth(columns, indexes)


def _plain(made: str) -> str:
    return re.sub(r"\(\d+(,\d+)?\)", "", made).strip('"')


def _form(text: str | None) -> Any:
    return _without_text(forms.form_of(read_condition(text))) if text else None


def _without_text(form: Any) -> Any:
    """Return a form without the casts that the server writes out: to text, and of constants to their type."""
    if not isinstance(form, tuple):
        return form
    if form[:1] == ("cast",) and (form[1] in ("text", "text[]") or form[3][0] == "constant"):
        return _without_text(form[3])
    return tuple(map(_without_text, form))


def compare(name: str, real: Truth, replayed: Truth) -> None:
    """Print what is the same and what differs."""
    both = sorted(real.columns.keys() & replayed.columns.keys())
    differ = {key: (real.columns[key], replayed.columns[key]) for key in both}
    differ = {key: (there, here) for key, (there, here) in differ.items() if there != here}
    unknown = {key for key, (_, made) in differ.items() if not made}
    missing, many = real.columns.keys() - set(both), replayed.columns.keys() - set(both)
    tables = {table for table, _ in real.columns}
    print(f"{name}: {len(tables)} tables, {len(real.columns)} columns, {len(real.indexes)} indexes")
    print(f"  columns: {len(both)} the same, {len(missing)} missing, {len(many)} too many")
    print(f"  types: {len(both) - len(differ)} the same, {len(unknown)} not known, {len(differ) - len(unknown)} others")
    for key in sorted(missing)[:20]:
        print("    missing", *key, real.columns[key])
    for key in sorted(many)[:20]:
        print("    too many", *key, replayed.columns[key])
    for key, (there, here) in list(differ.items())[:40]:
        print("    type", *key, f"{there} there, {here or 'not known'} here")
    same = {key for key in real.indexes.keys() & replayed.indexes.keys() if real.indexes[key] == replayed.indexes[key]}
    print(f"  indexes: {len(same)} the same, {len(real.indexes.keys() - same)} missing or others, "
          f"{len(replayed.indexes.keys() - real.indexes.keys())} too many")  # fmt: skip
    for key in sorted((real.indexes.keys() | replayed.indexes.keys()) - same)[:40]:
        print("    index", *key, "\n      there", real.indexes.get(key), "\n      here ", replayed.indexes.get(key))


def _folder(module: str, python: str) -> Path:
    """Return where a Python has a package, which is not imported for that."""
    code = f"import importlib.util as u; print(u.find_spec({module!r}).submodule_search_locations[0])"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return Path(found.stdout.strip())


def main() -> None:
    """Compare the packages of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="+", choices=PACKAGES)
    parser.add_argument(
        "--with", dest="python", type=os.path.abspath, default=sys.executable, help="a Python that has the packages"
    )
    parser.add_argument("--statements", default="", help="a file for the statements that change something")
    arguments = parser.parse_args()
    with server(arguments.statements) as port:
        for name in arguments.packages:
            folder = _folder(PACKAGES[name].module, arguments.python)
            complaint = upgrade(name, folder, arguments.python, port)
            if complaint:
                print(f"{name}: its upgrade fails: {complaint}")
                continue
            schema = history.schema_of(Project(folder, Run(cache="off")))
            real = truth(port, name.replace("-", "_"))
            compare(name, real, ours(schema, {table for table, _ in real.columns}))


if __name__ == "__main__":
    main()
