"""Files as hospitals send them, turned into studies, series and a volume in HU.

pydicom's own messages quote header values, patient names included: they stay out of our logs.
"""

import logging

logging.getLogger("pydicom").propagate = False
logging.getLogger("pydicom").addHandler(logging.NullHandler())
