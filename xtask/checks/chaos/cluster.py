"""A PostgreSQL cluster of the check's own, which it may stop and start as it likes."""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from hub import Failed

# The server's parent, and the check holds the other end of its input: when that closes, however the check ends, so does the server.
# By SIGQUIT, which is how a server ends whose machine fails.
KEEPER = 'exec 3<&0; "$@" </dev/null 3<&- & server=$!; (cat <&3 >/dev/null; kill -QUIT "$server") & wait "$server"'
START_S_MAX = 60
TABLESPACE = "small"


def programs() -> pathlib.Path:
    """The folder with `initdb` and `postgres`: the newest version installed side by side, else that on PATH."""
    versions = [folder for folder in pathlib.Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    if versions:
        return max(versions, key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0)
    found = shutil.which("initdb")
    if found is None:
        raise Failed("PostgreSQL is not installed: run `cargo xtask test`, which installs it")
    return pathlib.Path(found).resolve().parent


def account() -> dict[str, object]:
    """Whom the server runs as: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Cluster:
    """A running cluster, or one that is away at the moment."""

    def __init__(self, folder: str) -> None:
        self.folder, self.programs, self.account = folder, programs(), account()
        self.own(folder)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", f"{folder}/data"]
        subprocess.run([self.programs / "initdb", *options], check=True, stdout=subprocess.DEVNULL, **self.surroundings())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.keeper: subprocess.Popen | None = None
        self.making = threading.Lock()
        self.start()

    def own(self, folder: str) -> None:
        """Gives a folder to the server's account."""
        if self.account:
            os.chown(folder, self.account["user"], self.account["group"])

    def surroundings(self) -> dict[str, object]:
        return {"cwd": self.folder, "env": {"LC_ALL": "C", "HOME": self.folder, "PATH": os.environ["PATH"]}, **self.account}

    def start(self) -> None:
        server = [self.programs / "postgres", "-D", f"{self.folder}/data", "-h", "127.0.0.1", "-p", str(self.port), "-k", self.folder]
        with open(f"{self.folder}/log", "ab") as log:
            self.keeper = subprocess.Popen(
                ["sh", "-c", KEEPER, "keeper", *server], stdin=subprocess.PIPE, stdout=log, stderr=log, **self.surroundings()
            )
        deadline = time.monotonic() + START_S_MAX
        ready = [self.programs / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={self.port}"]
        while subprocess.run(ready, check=False).returncode != 0:
            if self.keeper.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"PostgreSQL does not start: {pathlib.Path(self.folder, 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        self.keeper.stdin.close()
        self.keeper.wait(timeout=60)

    def run(self, statement: str, database: str = "postgres") -> None:
        url = f"postgres://postgres@127.0.0.1:{self.port}/{database}"
        command = ["psql", url, "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--command", statement]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{statement}: {done.stderr}")

    def database(self, name: str, tablespace: str | None = None) -> str:
        """Makes a database; returns its address."""
        # One after the other: nobody else may use the template meanwhile.
        with self.making:
            self.run(f"CREATE DATABASE {name}" + (f" TABLESPACE {tablespace}" if tablespace else ""))
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def tablespace(self, folder: str) -> str:
        """Makes a tablespace of an empty folder; returns its name."""
        self.own(folder)
        self.run(f"CREATE TABLESPACE {TABLESPACE} LOCATION '{folder}'")
        return TABLESPACE


@contextlib.contextmanager
def cluster():
    with tempfile.TemporaryDirectory(prefix="devhub-chaos-postgres-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o700)
        server = Cluster(folder)
        try:
            yield server
        finally:
            if server.keeper.poll() is None:
                server.stop()
