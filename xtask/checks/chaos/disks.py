"""Small disks, which can be full: a tmpfs where one may be mounted, else a limit on the size of files.

A tmpfs is the true thing. The limit needs no right, but is only near to it: the system answers EFBIG instead of ENOSPC.
"""

import contextlib
import os
import pathlib
import resource
import subprocess

BLOCK = b"\0" * 65_536
# The limit is answered by a signal first, which ends whoever does not ignore it. No `exec`: the hub stays the shell's child.
IGNORES_THE_SIGNAL = ["sh", "-c", 'trap "" XFSZ; "$@"; exit $?', "sh"]


class Tmpfs:
    """A disk of its own."""

    name = "a full tmpfs"
    wrapper = None

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def fill(self, _: int) -> None:
        """Leaves no byte."""
        with contextlib.suppress(OSError), open(self.folder / "ballast", "wb", buffering=0) as ballast:
            while True:
                # A short write is the last block but one; the next fails.
                ballast.write(BLOCK)

    def free(self, _: int) -> None:
        (self.folder / "ballast").unlink()


class FileLimit:
    """No file of one process may grow beyond its largest."""

    name = "a limit on files, for want of the right to mount"
    wrapper = IGNORES_THE_SIGNAL

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def fill(self, process: int) -> None:
        largest = max(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        resource.prlimit(process, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    def free(self, process: int) -> None:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextlib.contextmanager
def tmpfs(folder: pathlib.Path, size_mb: int):
    """Yields a small disk at a folder, or `None` where nothing may be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "devhub-chaos", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        yield None
        return
    try:
        yield Tmpfs(folder)
    finally:
        # Lazily: what still has a file open there must not keep the check from its end.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
