"""What every run has in common: the reasons for which one ends early."""

from core.text.messages import message

CANCELLED = message("It was cancelled.")
