"""What a scenario runs with: a database of its own, a receiver of its own, and how much of it is wanted."""

import contextlib
import dataclasses
import pathlib
import sqlite3
import tempfile

from chaos.cluster import TABLESPACE, Cluster
from chaos.place import Place
from chaos.receiver import receiver


@dataclasses.dataclass(frozen=True)
class Setup:
    """What one scenario runs with."""

    # `sqlite` or `postgres`.
    backend: str
    # How often it is done, where it is done more than once.
    rounds: int
    # Of the moments that are chosen by chance.
    seed: int
    # Where there is one.
    cluster: Cluster | None
    # Makes names of databases.
    name: str

    @property
    def recovers_at_once(self) -> bool:
        """A folder has one owner, so that a start takes over what earlier runs left. Other sessions on PostgreSQL must first be silent."""
        return self.backend == "sqlite"

    @property
    def outage_s(self) -> int:
        """How long something is away: ten seconds where there is time for it."""
        return 10 if self.rounds >= 10 else 3

    def database(self, tablespace: str | None = None) -> dict[str, str]:
        """The settings of an empty database, or none for the folder of the place."""
        if self.backend == "sqlite":
            return {}
        return {"database.url": self.cluster.database(f"chaos_{self.name}", tablespace)}

    def run(self, place: Place, *statements: str) -> None:
        """Runs statements on the database of a place, past the hub, which must not run."""
        if self.backend == "postgres":
            self.cluster.run("; ".join(statements), f"chaos_{self.name}")
            return
        with contextlib.closing(sqlite3.connect(place.folder / "data" / "hub.db")) as database, database:
            for statement in statements:
                database.execute(statement)

    def drop_database(self) -> None:
        """Removes the database, and the tablespace that it may have been in."""
        if self.cluster is not None and self.backend == "postgres":
            self.cluster.run(f"DROP DATABASE chaos_{self.name} WITH (FORCE)")
            self.cluster.run(f"DROP TABLESPACE IF EXISTS {TABLESPACE}")

    @contextlib.contextmanager
    def place(self, settings: dict[str, str] | None = None):
        """A hub on an empty database, and the receiver that it sends to."""
        with tempfile.TemporaryDirectory(prefix="devhub-chaos-") as folder, receiver() as hooks:
            place = Place(pathlib.Path(folder), hooks, self.database() if settings is None else settings)
            with contextlib.closing(place):
                yield place
