"""Waiting for something to be seen, up to a deadline."""

import time

PATIENCE_S = 60


def eventually(what, look, patience_s=PATIENCE_S):
    """Looks until there is something to see."""
    deadline = time.monotonic() + patience_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s in vain: {what}")
        time.sleep(0.05)
