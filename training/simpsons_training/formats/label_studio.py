"""Label Studio's JSON: tasks with annotations, or with predictions that are to be checked.

The format: https://labelstud.io/guide/task_format and https://labelstud.io/guide/predictions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import quoteattr

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import guarded, read_bounded
from simpsons_play.sources.endings import STILLS
from simpsons_training.dataset import read_picture
from simpsons_training.formats.items import Item, Labelled, files_in, labelled, picture_at, split_of
from simpsons_training.table import MAX_BYTES

TASKS_NAME, CONFIG_NAME = "tasks.json", "label_config.xml"
_LOCAL_FILES = "/data/local-files/"
_BOX, _CHOICE = ("rectanglelabels", "label"), ("choices", "character")
"""Type of a result and name of its control: a box, and the character of a whole picture."""

_Json = dict[str, Any]


def read_label_studio(file: Path) -> list[Item]:
    """Read an export of Label Studio; a task without annotations is read from its predictions.

    Raises:
        DataError: The file cannot be read.
    """
    with guarded(DataError, f"{file} is not a readable Label Studio export", "export it again as JSON"):
        tasks = json.loads(read_bounded(file, max_bytes=MAX_BYTES))
        pictures = _Pictures(file.parent)
        return [_item(task, pictures) for task in ([tasks] if isinstance(tasks, dict) else tasks)]


def write_label_studio(items: Sequence[Item], folder: Path, *, name: str, predictions: bool) -> None:
    """Write the tasks and the labelling configuration.

    Args:
        items: Pictures in the folder.
        folder: Where to write.
        name: Final name of the folder, as Label Studio's local storage sees it.
        predictions: Write the labels as predictions, to be checked, and not as annotations.
    """
    tasks = [_task(item, folder, name, predictions=predictions) for item in items]
    text = json.dumps(tasks, indent=1, ensure_ascii=False)
    (folder / TASKS_NAME).write_text(text, encoding="utf-8")
    names = sorted({label.name for item in items for label in item.labels})
    labels = "".join(f"    <Label value={quoteattr(n)}/>\n" for n in names)
    choices = "".join(f"    <Choice value={quoteattr(n)}/>\n" for n in names)
    (folder / CONFIG_NAME).write_text(
        f'<View>\n  <Image name="image" value="$image"/>\n'
        f'  <RectangleLabels name="{_BOX[1]}" toName="image">\n{labels}  </RectangleLabels>\n'
        f'  <Choices name="{_CHOICE[1]}" toName="image">\n{choices}  </Choices>\n</View>\n',
        encoding="utf-8",
    )


def _task(item: Item, folder: Path, name: str, *, predictions: bool) -> _Json:
    height, width = read_picture(item.path).shape[:2]
    where = quote(f"{name}/{item.path.relative_to(folder).as_posix()}")
    results = [_result(label, width, height, str(i)) for i, label in enumerate(item.labels)]
    kind, more = ("predictions", {"model_version": "simpsons"}) if predictions else ("annotations", {})
    data = {"image": f"{_LOCAL_FILES}?d={where}", "split": item.split, "scene": item.scene}
    return {"data": data, kind: [{**more, "result": results}]}


def _result(label: Labelled, width: int, height: int, number: str) -> _Json:
    kind, control = _CHOICE if label.box is None else _BOX
    value: _Json = {kind: [label.name]}
    if label.box is not None:
        x_min, y_min, x_max, y_max = label.box
        value |= {"x": 100 * x_min / width, "y": 100 * y_min / height, "rotation": 0}
        value |= {"width": 100 * (x_max - x_min) / width, "height": 100 * (y_max - y_min) / height}
    size = {"original_width": width, "original_height": height, "image_rotation": 0}
    return {"id": number, "type": kind, "from_name": control, "to_name": "image", "value": value} | size


def _item(task: _Json, pictures: _Pictures) -> Item:
    data = task["data"]
    path = pictures.find(str(data.get("image") or next(iter(data.values()))))
    given = [
        a for a in task.get("annotations") or task.get("completions") or [] if not a.get("was_cancelled")
    ]
    chosen = given or task.get("predictions") or []
    labels = tuple(_labels(chosen[-1]["result"], path)) if chosen and os.path.isfile(path) else ()
    split = split_of(Path(str(data.get("split") or "")))
    return Item(path, labels, split, str(data.get("scene") or ""))


def _labels(results: Sequence[_Json], path: Path) -> Iterator[Labelled]:
    size: tuple[int, int] | None = None
    for result in results:
        value = result.get("value") or {}
        if result.get("type") == _CHOICE[0]:
            yield from (labelled(str(name)) for name in value["choices"])
        elif result.get("type") == _BOX[0]:
            if size is None:
                size = read_picture(path).shape[1::-1]
            width, height = size
            x, y = value["x"] * width / 100, value["y"] * height / 100
            box = (x, y, x + value["width"] * width / 100, y + value["height"] * height / 100)
            yield from (labelled(str(name), box) for name in value[_BOX[0]])


class _Pictures:
    """Finds the pictures of tasks at and below the folder of the export.

    Args:
        folder: Folder of the export.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_name: dict[str, Path] | None = None

    def find(self, address: str) -> Path:
        """Find the picture of an address such as `/data/local-files/?d=pictures/1.jpg`.

        Uploaded files are searched by name, also without the prefix that Label Studio adds to it.
        """
        parts = urlsplit(address)
        name = parse_qs(parts.query).get("d", [unquote(parts.path)])[0]
        for place in (self._folder, self._folder.parent):
            if os.path.isfile(path := picture_at(place, name)):
                return path
        if self._by_name is None:
            self._by_name = {path.name: path for path in files_in(self._folder, *STILLS)}
        base = PureWindowsPath(name).name
        return self._by_name.get(base) or self._by_name.get(base.partition("-")[2]) or self._folder / name
