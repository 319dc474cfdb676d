"""How long a little computing takes on the machine of the moment: about as much as one row.

Prints the seconds by the clock, ten times a second. On an idle machine they are all alike; what they
vary by is not the product's.
"""

import sys
import time

from bench.clients import READY

_STEPS = 250_000
_EVERY_S = 0.1


def _work() -> None:
    sys.stdout.write(f"{READY} 0\n")
    number = 0
    while True:
        began = time.monotonic()
        total = 0
        for step in range(_STEPS):
            total += step
        sys.stdout.write(f"{number} {time.monotonic() - began:.6f}\n")
        sys.stdout.flush()
        number += 1
        time.sleep(_EVERY_S)


if __name__ == "__main__":
    _work()
