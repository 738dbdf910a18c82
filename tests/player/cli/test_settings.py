"""The config file and shell completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from simpsons_play.cli.settings import load_settings, settings_path, table_of
from tests.commands import SAMPLE, assert_one_error_line, environment, simpsons
from tests.fakes import write_colour_model


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def with_settings(file: Path, text: str, *args: object) -> subprocess.CompletedProcess[str]:
    file.write_text(text, encoding="utf-8")
    return simpsons(*args, env=environment(SIMPSONS_CONFIG=str(file)))


def test_path_of_the_config_file(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setenv("SIMPSONS_CONFIG", "")
    assert settings_path() is None and load_settings() == {}
    monkeypatch.setenv("SIMPSONS_CONFIG", str(file))
    assert settings_path() == file and load_settings() == {}
    monkeypatch.delenv("SIMPSONS_CONFIG")
    path = settings_path()
    assert path is not None and path.parts[-2:] == ("simpsons-play", "config.toml")


def test_tables_of_subcommands_are_nested() -> None:
    settings = {"dataset": {"seed": 3, "boxes": {"output": "x"}}}
    assert table_of(settings, ["dataset", "boxes"]) == {"output": "x"}
    assert table_of(settings, ["dataset"]) == settings["dataset"]
    assert table_of(settings, ["play"]) == {}


def test_the_command_line_takes_precedence_over_settings(file: Path, tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    text = f'[play]\nmodel = "{model}"\nno-window = true\nduration = 1.0\nsubtitles = ["{tmp_path}/a.srt"]\n'
    done = with_settings(file, text, "play", SAMPLE, "--duration", 0.5)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("12 frames in ")
    assert (tmp_path / "a.srt").exists()


def test_the_command_line_can_switch_off_what_the_file_switches_on(file: Path) -> None:
    text = "[play]\nquiet = true\njson = true\nno-window = true\nno-cache = true\nclose-at-end = true\n"
    done = with_settings(file, text, "play", SAMPLE, "--duration", 0.2, "--no-json", "--no-quiet")
    assert done.returncode == 0 and "Provider: " in done.stderr and "frames in " in done.stdout
    window = with_settings(
        file, text, "play", SAMPLE, "--window", "--no-json", "--cache", "--no-close-at-end"
    )
    assert_one_error_line(window, "DISPLAY")


def test_a_repeatable_option_can_be_set_to_one_value(file: Path, tmp_path: Path) -> None:
    text = f'[play]\npredictions = "{tmp_path}/a.csv"\nduration = 0.2\n'
    assert with_settings(file, text, "play", SAMPLE).returncode == 0
    assert (tmp_path / "a.csv").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[play]\ntreshold = 0.5", "[play] has no option 'treshold'; did you mean 'threshold'?"),
        ("[play]\nthreshold = 5", "is not in the range 0<=x<=1. It is set in"),
        ("[play]\ntop = 2.5", "[play] top must be a whole number, not 2.5"),
        ("[play]\ntop = true", "[play] top must be a whole number, not True"),
        ("[play]\nthreshold = true", "[play] threshold must be a number, not True"),
        ("[play.more]\ntop = 2", "[play] has no option 'more'"),
        ("[plya]\ntop = 2", "there is no command 'plya'; did you mean 'play'?"),
        ("[play]\ndebug = true", "[play] has no option 'debug'"),
        ("play = 3", "'play' must be a table: [play]"),
        ("[play", "is not valid TOML"),
    ],
)
def test_an_invalid_setting_is_an_error_that_names_the_file(text: str, words: str, file: Path) -> None:
    done = with_settings(file, text, "play", SAMPLE, "--no-window")
    assert done.returncode in (1, 2)
    (error,) = (line for line in done.stderr.splitlines() if line.startswith("Error: "))
    assert words in error and str(file) in error and "Traceback" not in done.stderr


def test_the_created_file_has_every_option_commented_out(file: Path) -> None:
    env = environment(SIMPSONS_CONFIG=str(file.parent / "new" / "config.toml"))
    assert "does not exist yet" in simpsons("config", env=env).stdout
    assert simpsons("config", "--create", env=env).returncode == 0
    made = (file.parent / "new" / "config.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(made)
    assert {"play", "train", "dataset"} <= set(tables) and not any(tables["play"].values())
    assert "# clear =" not in made, "actions have no default"
    assert "sets no defaults" in simpsons("config", env=env).stdout
    assert "# threshold = 0.5  # example; not set by default" in made.splitlines()
    assert '# corrections = "corrections"' in made.splitlines()
    assert_one_error_line(simpsons("config", "--create", env=env), "already exists")
    # Uncommented, every line is valid TOML and names an existing option.
    on = "\n".join(
        line[2:] if " = " in line and line.startswith("# ") else line for line in made.splitlines()
    )
    shown = with_settings(file, on, "config")
    assert shown.returncode == 0, shown.stderr
    assert '[play] provider = "auto"' in shown.stdout and "[play] no-window = false" in shown.stdout
    for table, words in (("[plya]", "there is no command 'plya'"), ("[dataset.boxs]", "no command 'boxs'")):
        assert_one_error_line(with_settings(file, f"{table}\nthreshold = 0.5", "config"), words)


def test_a_misspelt_name_gets_a_suggestion() -> None:
    assert "Did you mean 'play'?" in simpsons("plya").stderr
    address = simpsons("http://user:SECRET@host/film.mp4").stderr
    assert "To play it: simpsons-play http://user:***@host/film.mp4" in address and "SECRET" not in address
    wrong = simpsons("play", SAMPLE, "--treshold", 1)
    assert wrong.returncode == 2 and "Did you mean" in wrong.stderr and "--threshold" in wrong.stderr
    assert simpsons("nothing-like-it").returncode == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_valid(shell: str) -> None:
    script = simpsons("completion", shell)
    assert script.returncode == 0, script.stderr
    if shutil.which(shell):
        check = subprocess.run([shell, "-n"], input=script.stdout, text=True, capture_output=True)
        assert check.returncode == 0 and not check.stderr


def completed(program: str, *words: str) -> list[str]:
    module = {"simpsons": "simpsons_play.cli.main", "simpsons-play": "simpsons_play.cli.commands.play"}[
        program
    ]
    function = {"simpsons": "main", "simpsons-play": "play"}[program]
    variable = f"_{program.replace('-', '_').upper()}_COMPLETE"
    code = f"from {module} import {function}; {function}(prog_name={program!r}, complete_var={variable!r})"
    env = environment(
        **{
            variable: "bash_complete",
            "COMP_WORDS": " ".join((program, *words)),
            "COMP_CWORD": str(len(words)),
        }
    )
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    return [line.split(",", 1)[1] for line in done.stdout.splitlines()]


@pytest.mark.skipif(os.name == "nt", reason="no bash there")
def test_commands_options_and_choices_are_completed() -> None:
    assert completed("simpsons", "co") == ["completion", "config"]
    assert completed("simpsons-play", "--re") == ["--regions", "--report", "--reference"]
    assert completed("simpsons", "play", "--provider", "c") == ["cuda", "cpu"]
