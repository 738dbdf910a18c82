"""`python -m simpsons_play` is `simpsons`."""

import sys

from simpsons_play.start import simpsons

sys.exit(simpsons())
