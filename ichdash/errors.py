"""Every error this project raises on purpose. Each message is a sentence that a reader can act on.

IchdashError
├── SettingsError        a setting that cannot be used
├── NamelessError        something kept under a name, of which none was given
├── InputError           something given that cannot be read at all
│   └── DamagedError     a file that lost what it held; sent again it may be whole
├── NotScreenableError   a study that is kept but not screened; the message is the reason
├── FaultError           a fault of ours that nobody foresaw, logged under a reference
├── ModelError           weights, card or engine that cannot be used
└── StoreError           the data folder or the database cannot be used
    ├── NotFoundError    no such study, screening or file
    ├── RefusedError     something that a reader may not do, or not any more
    ├── ClaimLostError   another worker has taken the study over
    └── ChangedError     another reader changed it meanwhile, and the change no longer fits
"""

import errno

FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What an OSError says where nothing more can be written."""


class IchdashError(Exception):
    """Root of the tree; caught by class, only at an interface."""


class SettingsError(IchdashError):
    """A setting that cannot be used: its name, the value found and the value needed."""


class NamelessError(IchdashError):
    """Something that is kept under a name, done by somebody who has given none yet."""


class InputError(IchdashError):
    """Something given that cannot be read at all: what, why, what happened, what to do."""


class DamagedError(InputError):
    """A file that lost what it held; sent again it may be whole."""


class NotScreenableError(IchdashError):
    """A study that is kept but not screened; the message is the reason shown on the worklist."""


class FaultError(IchdashError):
    """A fault of ours that nobody foresaw; the message names the reference in the log."""


class ModelError(IchdashError):
    """Weights, card or engine that cannot be used. Screening is off; the worklist still opens."""


class StoreError(IchdashError):
    """The data folder or the database cannot be used."""


class NotFoundError(StoreError):
    """No such study, screening or file."""


class RefusedError(StoreError):
    """Something that a reader may not do, or not any more; the sentence says what they can."""


class ClaimLostError(StoreError):
    """Another worker has taken the study over; what this one found is dropped."""


class ChangedError(StoreError):
    """Another reader changed, closed or removed it meanwhile; nothing of theirs is overwritten."""
