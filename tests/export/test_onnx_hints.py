"""Labels, sizes and input conventions that files of other programs state."""

from __future__ import annotations

import json

import pytest

from simpsons_export.onnx_files.hints import read_hints
from simpsons_play.inference.resizing import Resizing

THREE = ("bart", "lisa", "moe")


@pytest.mark.parametrize(
    "metadata",
    [
        {"names": "{0: 'bart', 1: 'lisa', 2: 'moe'}"},
        {"names": "['bart', 'lisa', 'moe']"},
        {"classes": '["bart", "lisa", "moe"]'},
        {"id2label": '{"2": "moe", "0": "bart", "1": "lisa"}'},
        {"labels": "bart, lisa,moe"},
        {"class_names": "bart\nlisa\nmoe\n"},
        {"labels": '{"lisa": 1, "bart": 0, "moe": 2}'},
    ],
    ids=str,
)
def test_labels_in_metadata(tmp_path, metadata):
    hints = read_hints(tmp_path / "net.onnx", metadata)
    assert hints.labels_for(3) == THREE and hints.labels_for(4) is None


@pytest.mark.parametrize(
    "text",
    [
        "{0: 'bart', 2: 'lisa'}",
        "{0: 1, 1: 2}",
        "__import__('os').abort()",
        "[" * 100_000,
        "{0: 'bart'",
        "7",
        "{'bart': {}, 'lisa': 1}",
        "x" * (1 << 21),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_list_of_labels_says_nothing(tmp_path, text):
    assert read_hints(tmp_path / "net.onnx", {"names": text}).labels == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.txt", "bart\r\nlisa\r\nmoe\r\n"),
        ("net.txt", "\ufeffbart\nlisa\nmoe"),
        ("net_labels.txt", "bart\nlisa\nmoe"),
        ("classes.json", json.dumps(THREE)),
        ("config.json", json.dumps({"id2label": dict(enumerate(THREE))})),
        ("config.json", json.dumps({"label_names": THREE, "pretrained_cfg": {}})),
    ],
)
def test_labels_in_files_next_to_it(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_hints(tmp_path / "net.onnx", {}).labels_for(3) == THREE


def test_files_of_other_networks_and_damaged_ones_do_not_matter(tmp_path):
    (tmp_path / "config.json").write_bytes(b"\xff{")
    (tmp_path / "labels.txt").write_text("one\ntwo")
    hints = read_hints(tmp_path / "net.onnx", {"names": str(list(THREE))})
    assert hints.labels_for(3) == THREE and hints.convention is None


@pytest.mark.parametrize(
    ("name", "content", "scaling", "size_px"),
    [
        (
            "config.json",
            {
                "pretrained_cfg": {
                    "mean": [0.485, 0.456, 0.406],
                    "std": [0.229, 0.224, 0.225],
                    "input_size": [3, 96, 64],
                }
            },
            "ImageNet mean and deviation",
            (96, 64),
        ),
        (
            "preprocessor_config.json",
            {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "size": {"height": 224, "width": 224}},
            "mean 0.5,0.5,0.5 and deviation 0.5,0.5,0.5",
            (224, 224),
        ),
        ("preprocessor_config.json", {"do_normalize": False, "size": 64}, "0 to 1", (64, 64)),
    ],
)
def test_convention_and_size_in_files_next_to_it(tmp_path, name, content, scaling, size_px):
    (tmp_path / name).write_text(json.dumps(content))
    hints = read_hints(tmp_path / "net.onnx", {})
    assert (str(hints.convention.convention), hints.convention.where) == (f"RGB, {scaling}", name)
    assert hints.size_px == size_px


@pytest.mark.parametrize(
    ("name", "content", "resizing"),
    [
        ("config.json", {"crop_pct": 0.9, "crop_mode": "center"}, Resizing(crop=0.9)),
        ("config.json", {"crop_pct": 0.9}, Resizing(crop=0.9)),
        ("config.json", {"crop_pct": 0.9, "crop_mode": "squash"}, Resizing()),
        ("config.json", {"crop_pct": "all"}, Resizing()),
        ("config.json", {}, Resizing()),
        (
            "preprocessor_config.json",
            {
                "do_center_crop": True,
                "size": {"shortest_edge": 256},
                "crop_size": {"height": 224, "width": 224},
            },
            Resizing(crop=0.875),
        ),
        (
            "preprocessor_config.json",
            {"do_center_crop": True, "size": 224, "crop_size": 224},
            Resizing(crop=1),
        ),
        (
            "preprocessor_config.json",
            {"size": {"shortest_edge": 224}, "crop_pct": 0.875},
            Resizing(crop=0.875),
        ),
        ("preprocessor_config.json", {"size": {"height": 224, "width": 224}}, Resizing()),
        ("preprocessor_config.json", {"do_center_crop": True, "size": 224, "crop_size": 448}, Resizing()),
    ],
)
def test_resizing_in_files_next_to_it(tmp_path, name, content, resizing):
    timm = name == "config.json"
    values = (
        {"mean": [0.5] * 3, "std": [0.5] * 3} if timm else {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    )
    stated = {**values, **content}
    (tmp_path / name).write_text(json.dumps({"pretrained_cfg": stated} if timm else stated))
    assert read_hints(tmp_path / "net.onnx", {}).convention.resizing == resizing


def test_classifiers_of_ultralytics_take_the_middle_square(tmp_path):
    hints = read_hints(tmp_path / "net.onnx", {"task": "classify"})
    assert hints.convention.resizing == Resizing(crop=1)


def test_files_of_ultralytics_take_rgb_from_0_to_1(tmp_path):
    hints = read_hints(
        tmp_path / "net.onnx", {"author": "Ultralytics", "task": "detect", "imgsz": "[384, 640]"}
    )
    assert str(hints.convention.convention) == "RGB, 0 to 1"
    assert (hints.size_px, hints.task) == ((384, 640), "detect")
