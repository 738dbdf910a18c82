"""Parameter types of the commands."""

import click
import pytest

from simpsons_play.cli.params import FiniteFloatRange


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("98", "98.0 is not in the range 0<=x<=1; do you mean 0.98?"),
        ("99.5", "do you mean 0.995?"),
        ("5", "range 0<=x<=1."),
        ("980", "range 0<=x<=1."),
        ("-98", "range 0<=x<=1."),
        ("nan", "nan is not a finite number."),
        ("x", "'x' is not a valid float range."),
    ],
)
def test_a_percentage_is_not_a_share(value: str, words: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        FiniteFloatRange(0, 1).convert(value, None, None)
    assert caught.value.message.endswith(words)
