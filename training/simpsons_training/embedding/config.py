"""Settings for training the embedder."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmbedderConfig:
    """How to train the embedder.

    Attributes:
        size_px: Side of the crops of heads.
        dimensions: Length of the vectors that are trained; the embeddings have more, see `network.JOINED`.
        steps: Training steps in all.
        steps_per_epoch: Steps from one saved epoch to the next, at most.
        batch_size: Crops per step.
        strangers: Of each batch, unlabelled heads; each is in it twice, as its own only match.
        learning_rate: Peak learning rate.
        scale: Scale of the cosines before the softmax.
        margin: Margin of the cosine of the right character (CosFace: Wang et al. 2018, arXiv:1801.09414).
        contrastive: Weight of the supervised contrastive loss (Khosla et al. 2020, arXiv:2004.11362).
        temperature: Its temperature.
        balance: A character with n heads is drawn in proportion to `n ** balance`.
        references: Reference embeddings of each known character in the network's file.
        stranger_references: Reference embeddings of strangers in it.
        held_out: Characters of which no head is used, to judge the network on.
        seed: Random seed.
    """

    size_px: int = 64
    dimensions: int = 128
    steps: int = 4000
    steps_per_epoch: int = 500
    batch_size: int = 128
    strangers: int = 16
    learning_rate: float = 1e-3
    scale: float = 20.0
    margin: float = 0.15
    contrastive: float = 0.5
    temperature: float = 0.1
    balance: float = 0.5
    references: int = 40
    stranger_references: int = 600
    held_out: tuple[str, ...] = ()
    seed: int = 0
