"""ichdash finds intracranial hemorrhage on non-contrast head CT and orders the worklist by it.

For triage research, case review and teaching. Not a medical device.
"""

import os

# Read by numpy when it is first imported. Preprocessing multiplies many small matrices, and
# OpenBLAS's threads wait for one another far longer than they compute: 0.95 s of processor time
# a study with them, 0.05 s without.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
