"""Create the clip and its ground truth: `python -m simpsons_samples.make`."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import av
import click
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from simpsons_play.cli.params import PathName
from simpsons_play.core.atomic_file import atomic_file
from simpsons_samples.render import frames
from simpsons_samples.scenes import HEIGHT, RATE, WIDTH, ground_truth
from simpsons_samples.sound import SAMPLE_RATE, soundtrack

CLIP_NAME = "springfield.mp4"
TABLE_NAME = "springfield.csv"


def _encode_pictures(container: OutputContainer, stream: VideoStream) -> None:
    for index, picture in enumerate(frames()):
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = index, 1 / RATE
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _encode_sound(container: OutputContainer, stream: AudioStream) -> None:
    sound = soundtrack()
    block = stream.codec_context.frame_size or 1024
    for start in range(0, len(sound), block):
        samples = np.ascontiguousarray(sound[start : start + block].T)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def write_clip(path: Path) -> None:
    """Draw, compute and encode the clip: H.264 (yuv420p, 24000/1001 fps) and AAC in an MP4.

    Args:
        path: Output file; an existing one is replaced once the new clip is complete.

    Raises:
        OSError: The file cannot be written.
    """
    with atomic_file(path, temporary=path.with_name(f"{path.stem}.part{path.suffix}")) as temporary:
        _encode(temporary)


def _encode(path: Path) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        # A single thread makes the output of one encoder version deterministic.
        video = container.add_stream(
            "libx264",
            rate=RATE,
            options={"crf": "28", "preset": "veryslow", "tune": "animation", "threads": "1"},
        )
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.time_base = 1 / RATE
        audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        audio.bit_rate = 64_000
        _encode_pictures(container, video)
        _encode_sound(container, audio)


def write_table(path: Path) -> None:
    """Write the ground truth as CSV: start_s, end_s, where, character (empty: nobody).

    Raises:
        OSError: The file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("start_s", "end_s", "where", "character"))
        for row in ground_truth():
            writer.writerow((f"{row.start_s:.3f}", f"{row.end_s:.3f}", row.where, row.character or ""))


def default_output_dir() -> Path:
    """The player's folder of assets in a checkout, or the current folder if the package is installed."""
    root = Path(__file__).resolve().parents[2]
    assets = root / "player" / "simpsons_play" / "assets"
    return assets if (root / "samples" / "README.md").is_file() and assets.is_dir() else Path()


@click.command()
@click.option(
    "--output-dir",
    type=PathName(folder=True),
    default=None,
    help="Folder for both files.  [default: the player's assets in a checkout, else the current folder]",
)
def main(output_dir: Path | None) -> None:
    """Create the sample clip and its ground truth."""
    folder = output_dir if output_dir is not None else default_output_dir()
    clip, table = folder / CLIP_NAME, folder / TABLE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_clip(clip)
        write_table(table)
    except OSError as error:
        raise click.ClickException(f"{folder}: cannot write the clip: {error}") from error
    click.echo(f"{clip}: {clip.stat().st_size / 1e6:.2f} MB\n{table}: {len(ground_truth())} rows")


if __name__ == "__main__":
    main()
