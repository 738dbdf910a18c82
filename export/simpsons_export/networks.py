"""Networks of all kinds, loaded, with everything that an export needs to know."""

from __future__ import annotations

from pathlib import Path

from simpsons_export.conventions.labelled import LabelledFolder, labelled_folder
from simpsons_export.describe import ClassifierNetwork, OnSearch, describe_classifier
from simpsons_export.detector_network import DetectorNetwork
from simpsons_export.found_labels import why_unfit
from simpsons_export.onnx_files.loading import LoadedOnnx
from simpsons_export.options import SourceOptions
from simpsons_export.sources import load_file
from simpsons_export.yolo.network import YoloNetwork, describe_yolo
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import guarded

Network = ClassifierNetwork | DetectorNetwork | YoloNetwork
"""A classifier, a detector of this project, or one in a layout of YOLO."""


def load_network(
    path: Path,
    options: SourceOptions,
    *,
    pictures: Path | None = None,
    on_search: OnSearch = lambda conventions, labelled: None,
) -> Network:
    """Load a network and find out what its file leaves open.

    Args:
        path: File of the network.
        options: Properties that the file lacks, or that override it.
        pictures: Folder of labelled pictures; see `conventions.labelled.labelled_folder`.
        on_search: Called before input conventions are tried.

    Raises:
        ExportError: The file cannot be read, or it does not match the options.
        DataError: A picture cannot be read.
    """
    loaded = load_file(path, options)
    if isinstance(loaded, DetectorNetwork):
        return loaded
    folder = labelled_folder(pictures)
    with guarded(ExportError, f"{path} cannot be exported"):
        if isinstance(loaded, LoadedOnnx):
            return _describe_onnx(path, loaded, folder, on_search)
        return describe_classifier(
            path,
            loaded.source,
            options,
            card=loaded.card,
            read=loaded.read,
            folder=folder,
            found_labels=loaded.labels,
            unfit=loaded.unfit,
            assumed=loaded.assumed,
            on_search=on_search,
        )


def _describe_onnx(
    path: Path, loaded: LoadedOnnx, folder: LabelledFolder | None, on_search: OnSearch
) -> ClassifierNetwork | YoloNetwork:
    options, hints = loaded.options, loaded.hints
    if loaded.found is not None:
        return describe_yolo(
            loaded.network,
            *loaded.found,
            options,
            hints,
            read=loaded.read,
            folder=folder,
            on_search=on_search,
        )
    sources = loaded.classifiers()
    described = [
        describe_classifier(
            path,
            source,
            options,
            card=None,
            read=loaded.read,
            folder=folder,
            on_search=on_search,
            found_labels=hints.labels_for(max(2, source.outputs)),
            unfit=why_unfit(hints.labels, max(2, source.outputs)),
            stated=hints.convention,
            assumed=() if source.assumed is None else (source.assumed,),
        )
        for source in (sources if folder is not None and folder.pictures else sources[:1])
    ]
    # Of several outputs, such as that of an auxiliary head, the one that names most pictures right.
    return max(described, key=lambda one: one.search.trials[0].accuracy if one.search else 0.0)
