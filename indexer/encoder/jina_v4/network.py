"""JinaNetwork: a batch of prepared pictures or texts and a task, to single vectors and multi-vectors in one pass.

Holds no state that a call changes: two threads may call with two tasks at once. It does not choose batches
(batching.py), wait for anybody (turns.py) or know of pages (encoder.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from indexer.encoder.jina_v4 import heads, inputs
from indexer.encoder.jina_v4.adapters import Adapters
from indexer.encoder.jina_v4.fusing import fused_vision_layers
from indexer.encoder.jina_v4.inputs import Preprocessing, TextInput
from indexer.encoder.jina_v4.model import JinaModules, Pause, Text, Vision, no_pause
from indexer.encoder.jina_v4.pointwise import PLAIN, Pointwise
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

_NEARLY = 0.01
"""How far from 1 a normalised vector's length may be: bfloat16 and float32 are nearer by far."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Of one item, on the processor: single float32 (hidden,), multi float32 (tokens, vector size), both normalised."""

    single: Tensor
    multi: Tensor


class JinaNetwork:
    """The network of one checkpoint on one device."""

    def __init__(
        self,
        modules: JinaModules,
        adapters: Adapters,
        preprocessing: Preprocessing,
        text_input: TextInput,
        steps: Pointwise = PLAIN,
    ) -> None:
        self.vision = Vision(modules.model.visual, fused_vision_layers(modules))
        self.text = Text(modules.model.language_model)
        self.adapters = adapters
        self.preprocessing = preprocessing
        self.steps = steps
        self.device: torch.device = self.text.embedding.device
        self._before, self._after = (
            torch.tensor(ids, device=self.device) for ids in (text_input.before_image, text_input.after_image)
        )

    @property
    def first_image_token(self) -> int:
        """How many tokens stand before the first image token."""
        return int(self._before.shape[0])

    def images(self, pictures: Sequence[Tensor], task: str, pause: Pause = no_pause) -> list[Vectors]:
        """uint8 pictures (3, height, width) at their target sizes, all of equally many patches."""
        return self.images_in(pictures, (task,), pause)[0]

    @torch.inference_mode()
    def images_in(
        self, pictures: Sequence[Tensor], tasks: Sequence[str], pause: Pause = no_pause
    ) -> list[list[Vectors]]:
        """Pictures for several tasks, one list a task. They are looked at once: the vision part knows no task."""
        seen = self.look(pictures, pause)
        # From vision_start to vision_end, both included: one token before the image and one after it.
        first, found = self.first_image_token - 1, []
        for task in tasks:
            hidden = self.image_hidden(pictures, task, pause, seen)
            last = hidden.shape[1] - self._after.shape[0]
            found.append(self._vectors(heads.single_vectors(hidden, first, last), hidden, task))
        return found

    @torch.inference_mode()
    def image_hidden(
        self, pictures: Sequence[Tensor], task: str, pause: Pause = no_pause, seen: Tensor | None = None
    ) -> Tensor:
        """Last hidden states (pictures, tokens, hidden) of the whole prompt; `seen`: what `look` gave of them."""
        weights = self.adapters.weights(task)
        grids = tuple(self.grid(picture) for picture in pictures)
        seen = self.look(pictures, pause) if seen is None else seen
        seen = seen.view(len(pictures), -1, self.text.embedding.shape[1])
        before, after = (self.text.embed(ids).expand(len(pictures), -1, -1) for ids in (self._before, self._after))
        positions = np.stack(
            [inputs.image_positions(*grid, self._before.shape[0], self._after.shape[0]) for grid in grids], axis=1
        )
        return self.text.forward(
            torch.cat([before, seen, after], dim=1), self._sent(positions), weights.layers, self.steps, pause
        )

    @torch.inference_mode()
    def look(self, pictures: Sequence[Tensor], pause: Pause = no_pause) -> Tensor:
        """The vision part alone: (cells of all pictures, hidden), each picture's cells row by row."""
        sizes = self.preprocessing
        sent = [picture.to(self.device, non_blocking=True) for picture in pictures]
        if len({picture.shape for picture in sent}) == 1:
            rows = inputs.patch_rows(torch.stack(sent), sizes).flatten(0, 1)
        else:
            rows = torch.cat([inputs.patch_rows(picture[None], sizes)[0] for picture in sent])
        patches = inputs.normalised(rows, sizes)
        return self.vision.forward(patches, tuple(self.grid(picture) for picture in pictures), self.steps, pause)

    @torch.inference_mode()
    def texts(self, token_ids: Sequence[Sequence[int]], task: str, pause: Pause = no_pause) -> list[Vectors]:
        """Token ids of texts, prefix included, none empty; padded on the right, no vector for padding."""
        hidden = self.text_hidden(token_ids, task, pause)
        lengths = [len(ids) for ids in token_ids]
        single = torch.cat([heads.single_vectors(hidden[i : i + 1], 0, length - 1) for i, length in enumerate(lengths)])
        found = self._vectors(single, hidden, task)
        return [Vectors(one.single, one.multi[:length]) for one, length in zip(found, lengths, strict=True)]

    @torch.inference_mode()
    def text_hidden(self, token_ids: Sequence[Sequence[int]], task: str, pause: Pause = no_pause) -> Tensor:
        """Last hidden states (texts, longest, hidden); what stands behind a text's end means nothing."""
        weights = self.adapters.weights(task)
        ids = pad_sequence([torch.tensor(one) for one in token_ids], batch_first=True).to(self.device)
        positions = np.broadcast_to(np.arange(ids.shape[1]), (3, len(token_ids), ids.shape[1]))
        x = self.text.embed(ids)
        return self.text.forward(x, self._sent(positions), weights.layers, self.steps, pause)

    def warm_up(self, task: str) -> None:
        """Let steps be compiled for this network's widths now rather than on the first page, and see that it works.

        Raises PagebeamError (MODEL_BROKEN) when what it makes of a white page are no vectors.
        """
        side = 2 * self.preprocessing.cell
        seen = self.images([torch.full((3, side, side), 255, dtype=torch.uint8)], task)[0]
        if not bool(((seen.multi.norm(dim=-1) - 1).abs() < _NEARLY).all()):  # neither where one is no number
            raise PagebeamError(ErrorCode.MODEL_BROKEN, detail="model weights: what they make of a page is no vector")

    def bytes_per_cell(self) -> int:
        """Memory that one image token takes while it is worked on: the wider tower, with float32 steps in between."""
        vision = self.preprocessing.merge**2 * self.vision.numbers_per_patch
        return int(4 * max(vision, self.text.numbers_per_token))

    def grid(self, picture: Tensor) -> tuple[int, int]:
        """Merged cells (rows, columns) of a prepared picture."""
        cell = self.preprocessing.cell
        return picture.shape[1] // cell, picture.shape[2] // cell

    def _vectors(self, single: Tensor, hidden: Tensor, task: str) -> list[Vectors]:
        weights = self.adapters.weights(task)
        multi = heads.multi_vectors(hidden, weights.projector_weight, weights.projector_bias).cpu()
        return [Vectors(*pair) for pair in zip(single.cpu(), multi, strict=True)]

    def _sent(self, positions: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(positions)).to(self.device, non_blocking=True)
