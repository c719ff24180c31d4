"""Case 16: the disk is full, when events are accepted and when results are stored."""

import contextlib
import pathlib
import tempfile
import time

from hub import Failed

from chaos.disks import FileLimit, tmpfs
from chaos.load import Answer, Load
from chaos.place import PER_ENDPOINT, UNDER_WAY_MAX, Place, Row, milliseconds_since
from chaos.receiver import receiver
from chaos.setup import Setup

# Room for an empty database and a minute of load. PostgreSQL copies a template of 8 MB first.
DISK_MB = {"sqlite": 16, "postgres": 48}
# A hub that finds no room must be seen to find none, not only once.
REFUSALS = 20
READS = ("/healthz", "/api/hub/v1/events", "/api/hub/v1/deliveries", "/api/hub/v1/endpoints")


@contextlib.contextmanager
def on_small_disk(setup: Setup):
    """A hub whose database is on a disk that can be filled; `None` where there is no such thing."""
    with tempfile.TemporaryDirectory(prefix="devhub-chaos-") as folder, receiver() as hooks:
        home = pathlib.Path(folder)
        with tmpfs(home / "disk", DISK_MB[setup.backend]) as disk:
            if setup.backend == "sqlite":
                disk = disk or FileLimit(home / "disk")
                place = Place(home, hooks, {"database.url": f"sqlite:{disk.folder}/data"}, disk.wrapper)
            elif disk is None:
                yield None
                return
            else:
                # The server has another account, and must be able to enter.
                home.chmod(0o755)
                place = Place(home, hooks, setup.database(setup.cluster.tablespace(str(disk.folder))))
            try:
                with contextlib.closing(place):
                    yield place, disk
            finally:
                # Before its disk goes: a server that misses files ends itself.
                setup.drop_database()


def reads_go_on(place: Place) -> None:
    for path in READS:
        status, answer = place.node.call("GET", path, place.token)
        if status != 200:
            raise Failed(f"GET {path} with a full disk was answered {status}: {answer}")


def disk_full(setup: Setup) -> Row | None:
    """503 and no 2xx while there is no room; results are stored later; reads go on; all goes on by itself."""
    with on_small_disk(setup) as there:
        return None if there is None else fill_and_free(setup, *there)


def fill_and_free(setup: Setup, place: Place, disk) -> Row:
    place.add_endpoint("/a")
    place.receiver.hold()
    held = {place.publish(f"held-{number}") for number in range(PER_ENDPOINT)}
    place.receiver.wait("requests in flight", lambda: len(place.receiver.arrivals) == PER_ENDPOINT)
    with Load(place.address, place.token, "full") as load:
        disk.fill(place.node.pid())
        load.wait_for("a refusal", lambda answers: any(answer.status == 503 for answer in answers))
        full_at = time.monotonic()
        # The results of what was held find no room either.
        place.receiver.release()
        load.wait_for("refusals", lambda answers: refusals_since(answers, full_at) >= REFUSALS)
        reads_go_on(place)
        freed_at = time.monotonic()
        disk.free(place.node.pid())
        load.wait_for("publishing again", lambda answers: answers[-1].asked_at > freed_at and answers[-1].status == 201)
        accepted_ms = milliseconds_since(freed_at)
        place.wait_received(load.ids())
        received_ms = milliseconds_since(freed_at)
    load.expect_only(200, 201, 503)
    found = place.judged(load.ids() | held, UNDER_WAY_MAX, load.unanswered)
    unrecorded = place.logged("cannot record an attempt")
    # PostgreSQL writes some into pages that it has.
    if setup.backend == "sqlite" and unrecorded == 0:
        raise Failed("every result found room: the disk was not full when they came")
    remark = f"{disk.name}: {unrecorded} results had to wait; accepted again after {accepted_ms} ms"
    return Row("16 disk full", setup.backend, found, [received_ms], remark)


def refusals_since(answers: list[Answer], begin: float) -> int:
    return sum(answer.status == 503 and answer.asked_at > begin for answer in answers)
