"""What keeps new studies from being screened, as one sentence; silent where all is well."""

from __future__ import annotations

from collections.abc import Sequence

from ichdash.store import Store, Worker
from ichdash.web import session

SCARCE_BYTES = 2 * 10**9
NO_WORKER = (
    "No worker is running: new studies are kept and wait in the queue. One is started by itself "
    "within half a minute; if this line stays, look into worker.log in the data folder and run "
    "python -m ichdash worker."
)


def sentences() -> list[str]:
    """All that is wrong now, the gravest first. Raises StoreError."""
    with session.open_store() as store:
        found = (of_workers(store.workers(session.now())), of_disk(store))
    return [sentence for sentence in found if sentence]


def of_workers(workers: Sequence[Worker]) -> str:
    """Empty where at least one worker is able to screen."""
    alive = [worker for worker in workers if worker.is_alive]
    if not alive:
        return NO_WORKER
    problems = [worker.problem for worker in alive]
    return problems[0] if all(problems) else ""


def of_disk(store: Store) -> str:
    """Empty where the data folder has room for a day's work."""
    free = store.files.free_bytes()
    if free >= SCARCE_BYTES:
        return ""
    return (
        f"The disk of the data folder is nearly full: {free / 10**9:.1f} GB are left. Studies that "
        "do not fit are refused. Free space there."
    )
