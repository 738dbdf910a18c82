"""`python -m simpsons_play` is `simpsons`."""

from simpsons_play.cli import main

main(prog_name="simpsons")
