"""A worker in a process of its own, for tests that kill it.

`python -m tests.worker_process DATA_DIR STAGE` screens until the queue is empty, and stands still
at STAGE ("never": nowhere) after it has written that stage's name to its standard output.
"""

import sys
import time
from pathlib import Path

from ichdash import worker
from ichdash.settings import Settings
from ichdash.store import Store, WorklistQuery
from tests.samples import ConstantDetector


def main(data_dir: Path, stop_at: str) -> None:
    def stand_still(stage: str) -> None:
        if stage == stop_at:
            sys.stdout.write(f"{stage}\n")
            sys.stdout.flush()
            time.sleep(60)

    def is_idle() -> bool:
        with Store.open(data_dir) as store:
            rows = store.worklist(WorklistQuery(page_size=1000)).rows
        return all(row.state in {"screened", "not screened"} for row in rows)

    def load(settings: Settings) -> ConstantDetector:
        return ConstantDetector()

    worker.run(Settings(data_dir=data_dir), is_idle, load=load, on_stage=stand_still)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
