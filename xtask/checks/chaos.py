"""What is accepted arrives, whatever ends, stands still or fills up in between: on SQLite and on PostgreSQL.

Each scenario publishes to hubs that get into trouble, and ends with the verdict of `chaos/verdict.py`. A table tells what was found.
The rounds of the test command are few; `--rounds 100` is the whole. Names of scenarios choose some.

Case 14, the same event id a hundred times at once, is in `once.py`.
"""

import argparse
import concurrent.futures
import contextlib
import os
import statistics
import time

from hub import Failed, main

from chaos import full, kills, nodes, outage, replay, shares, slow, verdict
from chaos.cluster import cluster
from chaos.place import Row
from chaos.setup import Setup

BOTH, POSTGRES, SQLITE = ("sqlite", "postgres"), ("postgres",), ("sqlite",)
# Every scenario with the databases on which it means something, longest first; a new one is a line here.
SCENARIOS = {
    "frozen": (nodes.frozen, POSTGRES),
    "kill-sending": (kills.killed_while_sending, BOTH),
    "replay": (replay.replayed, BOTH),
    "kill": (kills.killed_at_random, BOTH),
    "slow": (slow.slow_receiver, BOTH),
    "shares": (shares.slow_workspace, BOTH),
    "away": (outage.database_away, POSTGRES),
    "sigterm": (kills.ended_under_load, BOTH),
    "full": (full.disk_full, BOTH),
}
ROUNDS = 100 if os.environ.get("DEVHUB_TEST_FULL") else 3
COLUMNS = "{:<26}{:<10}{:>9}{:>9}{:>6}{:>9}{:>12}{:>24}  {}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cargo xtask chaos", description=__doc__.split("\n")[0])
    parser.add_argument("scenario", nargs="*", help=f"some of {', '.join(SCENARIOS)}; all when absent")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="how often the hub is killed, 1 to 1000")
    parser.add_argument("--backend", choices=BOTH, help="one database; both when absent")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="scenarios that run side by side; spoils figures")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="of the moments that chance chooses")
    given = parser.parse_args()
    if unknown := set(given.scenario) - SCENARIOS.keys():
        parser.error(f"there is no scenario {sorted(unknown)[0]}; there are {', '.join(SCENARIOS)}")
    if not 1 <= given.rounds <= 1000:
        parser.error("--rounds is 1 to 1000")
    if not 1 <= given.at_once <= 16:
        parser.error("--at-once is 1 to 16")
    return given


def told(row: Row) -> str:
    found, times = row.found, row.recovery_ms
    recovery = f"{statistics.median(times):.0f}, at most {max(times)}" if times else "-"
    figures = (found.accepted, found.received, found.lost, found.doubled, found.forged)
    return COLUMNS.format(row.scenario, row.backend, *figures, recovery, row.remark)


def told_of(name: str, setup: Setup) -> None:
    """Runs a scenario, and prints its row."""
    run, _ = SCENARIOS[name]
    try:
        row = run(setup)
    except Failed as failure:
        raise Failed(f"{name} on {setup.backend} with seed {setup.seed}: {failure}") from failure
    print(told(row) if row else f"{name} on {setup.backend}: LEFT OUT, because no disk may be mounted here", flush=True)


def check() -> None:
    verdict.test_itself()
    given = arguments()
    backends = [given.backend] if given.backend else BOTH
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(cluster()) if "postgres" in backends else None
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(given.at_once))
        print(COLUMNS.format("scenario", "database", "accepted", "received", "lost", "doubled", "bad signed", "recovery ms", ""))
        runs = [
            pool.submit(told_of, name, Setup(backend, given.rounds, given.seed, server, name.replace("-", "_")))
            for name in given.scenario or SCENARIOS
            for backend in SCENARIOS[name][1]
            if backend in backends
        ]
        if not runs:
            raise Failed("nothing of this runs on that database")
        for run in concurrent.futures.as_completed(runs):
            run.result()


main(check)
