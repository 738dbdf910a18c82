"""Labels in a network's file, or in one next to it, are found if they are as many as its outputs."""

from __future__ import annotations

import json
import zipfile

import h5py
import numpy as np
import pytest

from simpsons_export.found_labels import find_labels, labels_for, parse_names

NAMES = ("bart", "homer", "lisa")
INDICES = {"lisa": 2, "bart": 0, "homer": 1}


@pytest.mark.parametrize(
    "value",
    [
        list(NAMES),
        np.array([name.encode() for name in NAMES]).tolist(),
        json.dumps(NAMES).encode(),
        INDICES,
        json.dumps(INDICES),
        {"0": "bart", "1": "homer", "2": "lisa"},
        "bart\nhomer\n\nlisa\n",
        "0 bart\n1 homer\n2 lisa",
        "0: bart\r\n1: homer\r\n2: lisa\r\n",
        b"\xef\xbb\xbfbart\nhomer\nlisa",
        "1 bart\n2 homer\n3 lisa\n",
        "# in the order of the outputs\nbart\nhomer\nlisa\n",
        '"bart"\n"homer"\n"lisa"\n',
        "'bart',\n'homer',\n'lisa',\n",
        "bart,\nhomer,\nlisa\n",
        "class_names = ['bart', 'homer', 'lisa']\n",
        {"0": ["n01", "bart"], "1": ["n02", "homer"], "2": ["n03", "lisa"]},
        "bart\r\nhomer\r\nlisa\r\n".encode("utf-16"),
    ],
)
def test_labels_come_in_many_forms(value):
    assert parse_names(value) == NAMES


@pytest.mark.parametrize(
    "value",
    [5, [1, 2], {"bart": 1, "lisa": 3}, {"a": "b"}, ["bart", ""], "[", "[bart]", b"Mo\xe9", None],
)
def test_other_values_are_no_labels(value):
    with pytest.raises((ValueError, TypeError)):
        parse_names(value)


def hdf5(path, **attributes):
    with h5py.File(path, "w") as file:
        for key, value in attributes.items():
            file.attrs[key] = value
    return path


def archive(path, **entries):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", "{}")
        for name, text in entries.items():
            file.writestr(name.replace("__", "."), text)
    return path


def test_labels_in_hdf5_files(tmp_path):
    for key, value in [
        ("class_names", json.dumps(NAMES)),
        ("classes", [name.encode() for name in NAMES]),
        ("class_indices", json.dumps(INDICES).encode()),
    ]:
        found = labels_for(find_labels(hdf5(tmp_path / "m.h5", **{key: value})), 3)
        assert found and (found.names, found.where) == (NAMES, f"{key} in m.h5")
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["labels"] = [name.encode() for name in NAMES]
    found = labels_for(find_labels(tmp_path / "m.h5"), 3)
    assert found and (found.names, found.where) == (NAMES, "labels in m.h5")


def test_labels_in_keras_files(tmp_path):
    found = labels_for(
        find_labels(archive(tmp_path / "m.keras", metadata__json=json.dumps({"class_names": NAMES}))), 3
    )
    assert found and (found.names, found.where) == (NAMES, "class_names in metadata.json in m.keras")
    found = labels_for(find_labels(archive(tmp_path / "m.keras", labels__txt="\n".join(NAMES))), 3)
    assert found and (found.names, found.where) == (NAMES, "labels.txt in m.keras")
    assert (
        labels_for(
            find_labels(archive(tmp_path / "m.keras", metadata__json='{"keras_version": "3.0.0", "a": "b"}')),
            2,
        )
        is None
    )


def test_labels_next_to_the_file_count_if_they_fit(tmp_path):
    path = hdf5(tmp_path / "net.best.h5", class_names=["one", "two"])
    assert labels_for(find_labels(path), 3) is None
    (tmp_path / "class_indices.json").write_text(json.dumps(INDICES))
    found = labels_for(find_labels(path), 3)
    assert found and (found.names, found.where) == (NAMES, "class_indices.json next to it")
    (tmp_path / "net_labels.txt").write_text("a\nb\nc\n")
    found = labels_for(find_labels(path), 3)
    assert found and (found.names, found.where) == (("a", "b", "c"), "net_labels.txt next to it")
    assert labels_for(find_labels(path), 4) is None


def test_labels_among_the_assets_of_a_saved_model(tmp_path):
    folder = tmp_path / "net"
    (folder / "assets").mkdir(parents=True)
    (folder / "saved_model.pb").touch()
    (folder / "assets" / "class_names.json").write_text(json.dumps({"class_names": NAMES}))
    found = labels_for(find_labels(folder), 3)
    assert found and (found.names, found.where) == (NAMES, "class_names in class_names.json in assets")
