"""The phases of a deployment, and what they decide and call.

A phase's cold start is mostly imports, and a sixth of that was the garbage collector walking over
modules that stay anyway. Young objects are therefore collected once there are 50,000 of them,
instead of 700: some megabytes later.
"""

import gc

gc.set_threshold(50_000)
