"""`python -m simpsons_play` is `simpsons`."""

import sys

from simpsons_play.cli.entry import simpsons

sys.exit(simpsons())
