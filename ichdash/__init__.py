"""ichdash finds intracranial hemorrhage on non-contrast head CT and orders the worklist by it.

For triage research, case review and teaching. Not a medical device.
"""

__version__ = "0.1.0"
