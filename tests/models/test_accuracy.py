"""The bundled classifier on unseen scenes; needs the pictures of the show.

`pytest tests/models/test_accuracy.py -s` prints the metrics of docs/accuracy.md.
"""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, classification_report, f1_score
from tests.data import DATA, PICTURES

from simpsons_play.inference.loading import load_classifier
from simpsons_training.dataset import label_indices, load_images, read_pictures


@pytest.mark.slow
@pytest.mark.skipif(not PICTURES.exists(), reason="the pictures of the show are not here")
def test_the_bundled_classifier_on_unseen_scenes() -> None:
    classifier = load_classifier(provider="cpu")
    labels, size_px = classifier.card.labels, classifier.card.size_px
    pictures = read_pictures(DATA)
    assert pictures.labels == labels

    def classify(known: bool) -> tuple[np.ndarray, np.ndarray]:
        chosen = pictures.select("val", known=known)
        images = load_images(chosen, size_px)
        rows = [classifier.classify(images[i : i + 64]) for i in range(0, len(images), 64)]
        return label_indices(chosen, labels), np.concatenate(rows)

    targets, probabilities = classify(known=True)
    predicted = probabilities.argmax(axis=1)
    accuracy, macro_f1 = accuracy_score(targets, predicted), f1_score(targets, predicted, average="macro")
    _, unknown = classify(known=False)
    print(f"\naccuracy {accuracy:.4f}, macro F1 {macro_f1:.4f} on {len(targets):,} pictures")
    print(classification_report(targets, predicted, target_names=labels, digits=3))
    print("threshold  named right  named wrong  others unnamed")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        named, unnamed = probabilities.max(axis=1) >= threshold, unknown.max(axis=1) < threshold
        rates = (
            (named & (predicted == targets)).mean(),
            (named & (predicted != targets)).mean(),
            unnamed.mean(),
        )
        print(f"{threshold:>9}  {rates[0]:>11.3f}  {rates[1]:>11.3f}  {rates[2]:>14.3f}")
    assert accuracy >= 0.965
    assert macro_f1 >= 0.95
