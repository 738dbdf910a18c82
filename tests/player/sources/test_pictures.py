"""Pictures and folders of pictures."""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame
from simpsons_play.sources import PictureFolder
from simpsons_play.sources.images import letterbox, read_image
from tests.media import SIZE, make_pictures, number_of, numbered


def read(source: PictureFolder) -> list[Frame]:
    with source:
        return list(source)


def save(path: Path, image: np.ndarray) -> Path:
    ok, data = cv2.imencode(path.suffix, image)
    assert ok
    path.write_bytes(data.tobytes())
    return path


def test_they_are_sorted_naturally(tmp_path: Path) -> None:
    make_pictures(tmp_path, ["Pic_1.png", "pic_2.png", "pic_10.png", "pic_b.png"])
    frames = read(PictureFolder(tmp_path))
    assert [frame.name for frame in frames] == ["Pic_1.png", "pic_2.png", "pic_10.png", "pic_b.png"]
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2, 3]


def test_each_picture_is_shown_for_picture_s(tmp_path: Path) -> None:
    make_pictures(tmp_path, ["1.png", "2.png", "3.png"])
    with PictureFolder(tmp_path, picture_s=0.04) as source:
        info = source.info
        assert [frame.time for frame in source] == [0, Fraction(1, 25), Fraction(2, 25)]
    assert (info.frames, info.rate, info.duration_s, info.stills) == (3, 25, 0.12, True)


def test_a_range_is_in_seconds_of_display(tmp_path: Path) -> None:
    make_pictures(tmp_path, [f"{number}.png" for number in range(6)])
    with PictureFolder(tmp_path, start_s=2, duration_s=3) as source:
        frames = list(source)
        assert source.info.frames == 3
    assert [(frame.index, frame.time, number_of(frame.image)) for frame in frames] == [
        (0, 2, 2),
        (1, 3, 3),
        (2, 4, 4),
    ]
    with pytest.raises(SourceError, match="is 6 s long"), PictureFolder(tmp_path, start_s=6):
        pass


@pytest.mark.parametrize("ending", [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".PNG"])
def test_every_suffix_is_read(ending: str, tmp_path: Path) -> None:
    save(tmp_path / f"bärt_心{ending}", numbered(1234))
    (frame,) = read(PictureFolder(tmp_path))
    assert number_of(frame.image) == 1234


def test_grey_deep_and_transparent_pictures_become_bgr(tmp_path: Path) -> None:
    grey = np.full((48, 64), 90, np.uint8)
    deep = np.full((48, 64, 3), 128 * 257, np.uint16)
    clear = np.zeros((48, 64, 4), np.uint8)
    clear[:, 32:] = (10, 20, 200, 255)
    deep_clear = np.zeros((48, 64, 4), np.uint16)
    for name, image, left, right in (
        ("grey", grey, (90, 90, 90), (90, 90, 90)),
        ("deep", deep, (128, 128, 128), (128, 128, 128)),
        ("clear", clear, (255, 255, 255), (10, 20, 200)),
        ("deep_clear", deep_clear, (255, 255, 255), (255, 255, 255)),
    ):
        found = read_image(save(tmp_path / f"{name}.png", image))
        assert found is not None
        assert found.dtype == np.uint8
        assert found.shape == (48, 64, 3)
        assert tuple(found[24, 5]) == left
        assert tuple(found[24, 60]) == right


def test_photos_are_rotated_as_exif_says(tmp_path: Path) -> None:
    upright = numbered(1234, (48, 64))
    path = save(tmp_path / "photo.jpg", np.ascontiguousarray(np.rot90(upright)))
    data = path.read_bytes()
    # One entry: tag 0x0112 (orientation), one 16-bit number, 6: rotate by 90 degrees clockwise.
    exif = b"Exif\0\0II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:])
    found = read_image(path)
    assert found is not None
    assert found.shape == (64, 48, 3)
    assert number_of(found) == 1234


def test_an_avif_is_rotated_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "photo.avif"
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libsvtav1", rate=1, width=64, height=48, pix_fmt="yuv420p")
        lying = np.ascontiguousarray(np.rot90(numbered(1234, (48, 64)), -1))
        out.mux(stream.encode(av.VideoFrame.from_ndarray(lying, "bgr24")))
        out.mux(stream.encode(None))
    data = path.read_bytes()
    # One more property, rotation by 90 degrees counterclockwise, and one byte to associate it.
    inside = {name: data.index(name) - 4 for name in (b"meta", b"iprp", b"ipco", b"ipma", b"iloc")}
    size = dict.fromkeys((b"meta", b"iprp"), 10) | {b"ipco": 9, b"ipma": 1}
    changed = bytearray(data)
    for name, more in size.items():
        place = inside[name]
        struct.pack_into(">I", changed, place, *(n + more for n in struct.unpack_from(">I", data, place)))
    properties, place = 0, inside[b"ipco"] + 8
    while place < inside[b"ipma"]:
        properties += 1
        place += struct.unpack_from(">I", data, place)[0]
    count = inside[b"ipma"] + 18
    associations = data[count]
    changed[count] += 1
    media = data.index(b"mdat") + 4
    offset = data.index(struct.pack(">I", media), inside[b"iloc"])
    struct.pack_into(">I", changed, offset, media + 10)
    changed[count + 1 + associations : count + 1 + associations] = bytes([0x80 | properties + 1])
    changed[inside[b"ipma"] : inside[b"ipma"]] = b"\0\0\0\x09irot\x01"
    path.write_bytes(changed)
    found = read_image(path)
    assert found is not None
    assert found.shape == (64, 48, 3)
    assert number_of(found) == 1234


def test_other_aspect_ratios_are_letterboxed(tmp_path: Path) -> None:
    save(tmp_path / "1.png", np.full((60, 100, 3), 7, np.uint8))
    save(tmp_path / "2.png", np.full((200, 100, 3), 200, np.uint8))
    first, second = read(PictureFolder(tmp_path))
    assert first.image.shape == second.image.shape == (60, 100, 3)
    lit = np.flatnonzero(second.image.max(axis=(0, 2)))
    assert (lit[0], lit[-1]) == (35, 64)  # 30 of 100 pixels wide, in the middle
    assert letterbox(first.image, 100, 60) is first.image


def test_unreadable_pictures_are_skipped_with_a_warning(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good, cut, noise = make_pictures(tmp_path, ["3.png", "1.png", "2.jpg"])
    cut.write_bytes(cut.read_bytes()[:60])
    noise.write_bytes(noise.read_bytes()[:40] + bytes(300))
    (tmp_path / "0.png").touch()
    with PictureFolder(tmp_path) as source:
        assert source.info.frames == 4
        assert [frame.name for frame in source] == [good.name]
    assert [warning.split()[0] for warning in source.warnings] == [
        str(tmp_path / name) for name in ("0.png", "1.png", "2.jpg")
    ]
    assert capfd.readouterr() == ("", "")


def test_the_time_of_a_picture_is_its_number(tmp_path: Path) -> None:
    paths = make_pictures(tmp_path, [f"{number}.png" for number in range(6)])
    cv2.imwrite(str(paths[0]), np.zeros((20, 10, 3), np.uint8))
    for number in (1, 2):
        paths[number].write_bytes(b"broken")
    assert [(frame.name, frame.time_s) for frame in read(PictureFolder(tmp_path))] == [
        ("0.png", 0.0),
        ("3.png", 3.0),
        ("4.png", 4.0),
        ("5.png", 5.0),
    ]
    with PictureFolder(tmp_path, start_s=4.0, duration_s=1.0) as source:
        assert (source.info.width, source.info.height) == (10, 20), "the size of the first one"
        assert [(frame.name, frame.time_s) for frame in source] == [("4.png", 4.0)]
        assert source.warnings == [], "of pictures outside the range"
    with pytest.raises(SourceError, match=r"1\.png was skipped.* there is nothing else in this range"):
        read(PictureFolder(tmp_path, start_s=1.0, duration_s=1.0))


def test_subfolders_are_ignored(tmp_path: Path) -> None:
    make_pictures(tmp_path, ["1.png"])
    make_pictures(tmp_path / "more.png", ["2.png"])
    assert len(read(PictureFolder(tmp_path))) == 1


def test_a_single_picture_has_its_own_size(tmp_path: Path) -> None:
    (path,) = make_pictures(tmp_path, ["one.jpg"], size=(80, 60))
    with PictureFolder(path) as source:
        assert (source.info.width, source.info.height, source.info.frames) == (80, 60, 1)
    assert SIZE != (80, 60)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (3, 2)])
def test_tiny_pictures_are_read_and_letterboxed(size: tuple[int, int], tmp_path: Path) -> None:
    width, height = size
    save(tmp_path / "1.png", np.full((height, width, 3), 9, np.uint8))
    save(tmp_path / "2.png", np.full((1, 300, 3), 200, np.uint8))
    save(tmp_path / "3.png", np.full((300, 1, 3), 200, np.uint8))
    frames = read(PictureFolder(tmp_path))
    assert [frame.image.shape for frame in frames] == [(height, width, 3)] * 3
    assert [int(frame.image.max()) for frame in frames] == [9, 200, 200]


@pytest.mark.parametrize("picture_s", [0.0, -1.0, float("nan"), float("inf")])
def test_picture_s_must_be_positive(picture_s: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="picture_s"):
        PictureFolder(tmp_path, picture_s=picture_s)
