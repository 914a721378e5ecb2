"""Trains the temporal adapter of a bundle: its hook on the output, or those in the down blocks; all else stays as it is.

``python -m impasto_models.adapter --bundle nano --data DIR --clips DIR --out DIR`` needs a GPU for four minutes and 15 CPU
cores that draw sequences meanwhile; ``--smoke`` runs a few steps on any CPU; ``--seconds 0 --least-steps 0`` takes no step
and writes the hook as it starts, which is what nano has. The target of a frame is the model's own
picture without adapter, blended with the anchor's along the optical flow where both agree.

``--train hooks`` trains the hooks of ControlNet-LLLite instead, with the recipe of arXiv 2606.05981: an input frame, the
previous target moved along the flow as its condition, and a target of a sequence smoothed along the flow. The hook on the
output is off meanwhile; the report compares the two, alone and together.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from impasto_models.bundle import TOKENIZER
from impasto_models.data import HELD_OUT_CLIPS, centre_square, read_clip
from impasto_models.evaluate import Stylist
from impasto_models.flow import Sampler
from impasto_models.graphs import to_frame, to_picture
from impasto_models.networks import Networks
from impasto_models.prompts import CANONICAL, STYLES, sample_prompt
from impasto_models.reference import load_networks
from impasto_models.sequences import LENGTH, PAIRS, REACH, photographs, write_sequences
from impasto_models.steadiness import MEASURES, Schedule, edge_strength, measure, restyle_in_all
from impasto_models.training import Average, CapturedStep, Optimizer, picture_loss

WEIGHTS = "adapter.safetensors"
RECORD = "adapter.json"

SCHEDULES = [
    Schedule(0),
    *(Schedule(group) for group in (1, 2, 4, 8)),
    Schedule(8, every=8),
]
"""What the report compares: off, anchors renewed every 1, 2, 4 and 8 frames, and every 64 frames."""


@dataclass
class Settings:
    """What a run does; ``seconds`` bounds preparation, training and report together."""

    train: str = "output"
    """The part of the adapter that learns: ``output`` or ``hooks``."""
    seconds: float = 230.0
    report_seconds: float = 45.0
    sequences: int = 240
    ready: int = 60
    """Sequences that must be there before training starts."""
    least_steps: int = 4
    """Steps that are taken even if preparation has used up the time."""
    batch: int = 24
    share: float = 0.6
    """By how much the latents follow the anchor's where they agree, before training; for ``hooks``, of a bundle without the rule."""
    rate: float = 4e-3
    average_decay: float = 0.998
    blend: float = 0.7
    """Share of the moved anchor in a target, where anchor and frame agree."""
    consistency: float = 5.0
    """Weight of the difference between consecutive outputs along the flow."""
    sharpness: float = 10.0
    """Weight of the loss of edge strength against the output without adapter."""
    slack: float = 0.02
    """Share of its edge strength that an output may lose for free."""
    workers: int = 15
    prompts_per_style: int = 64
    styles: tuple[str, ...] = tuple(STYLES)
    frames: int = 48
    """Frames of each held-out clip in the report."""
    seed: int = 0


HOOKS = {
    "train": "hooks",
    "rate": 2e-3,
    "blend": 0.9,
    "consistency": 10.0,
    "sharpness": 5.0,
    "sequences": 160,
    "frames": 32,
    "report_seconds": 75.0,
}
"""What training the hooks in the down blocks takes in place of the defaults: stronger targets, and three reports."""

SMOKE = Settings(
    seconds=20.0, report_seconds=10.0, sequences=2, ready=2, batch=2, workers=1, prompts_per_style=2, styles=("oil", "neon"), frames=4,
)  # fmt: skip
"""Two sequences, two styles, a few steps."""

_ROLLED = 0.75
"""Share of samples whose anchor is the adapter's own output, in the others it is the output without adapter."""
_INPUT_LEVELS, _OUTPUT_LEVELS = 12.0, 30.0
"""Differences at which an anchor loses its say in the target: of the moved input to the frame's, of the moved output to its."""
_FIRST_GROUP = 0.15
"""Share of samples whose condition is the input frame itself, as in a stream's first group."""
_STALE = 0.06
"""Share of samples whose anchor is not warped: conditions that outlived their scene must do no harm."""


class SequenceWorkers:
    """Processes that write sequences into ``scratch``; to be started before the device is touched, as they are forked."""

    def __init__(self, settings: Settings, data: Path, clips: Path, scratch: Path):
        self._scratch = scratch
        scratch.mkdir(parents=True, exist_ok=True)
        processes = multiprocessing.get_context("fork")
        options = {"seed": settings.seed, "step": settings.workers, "count": settings.sequences}
        self._workers = [
            processes.Process(target=write_sequences, args=(data, clips, scratch), kwargs={"first": number, **options}, daemon=True)
            for number in range(settings.workers)
        ]
        for worker in self._workers:
            worker.start()

    def next_file(self) -> Path | None:
        """A finished sequence, for the caller to read and delete; None where none is ready."""
        alive = any(worker.is_alive() for worker in self._workers)
        file = next(iter(sorted(self._scratch.glob("*.sequence.npz"))), None)
        if file is None and not alive:
            raise RuntimeError(f"all processes that draw sequences into {self._scratch} have ended, see their errors above")
        return file

    def stop(self) -> None:
        for worker in self._workers:
            worker.terminate()
            worker.join()


class SequenceStore:
    """Sequences on the device with the model's own outputs without adapter."""

    def __init__(self, stylist: Stylist, settings: Settings, workers: SequenceWorkers):
        self._stylist, self._settings, self._workers = stylist, settings, workers
        self.count = 0
        device, side, styles = stylist.device, stylist.networks.size.frame, len(settings.styles)
        self.sampler = Sampler(side, device)
        self.anchor_sampler = Sampler(side, device, stylist.networks.adapter.warp_mode)
        capacity, frame = settings.sequences, (LENGTH, side, side, 3)
        self.inputs = torch.empty((capacity, *frame), dtype=torch.uint8, device=device)
        self.flows = torch.empty((capacity, len(PAIRS), side, side, 2), dtype=torch.float16, device=device)
        self.plain = torch.empty((capacity, styles, *frame), dtype=torch.uint8, device=device)
        self.given = torch.empty_like(self.plain) if settings.train == "hooks" else self.plain
        self.pair_index = torch.full((LENGTH, LENGTH), -1, dtype=torch.long, device=device)
        for number, (first, second) in enumerate(PAIRS):
            self.pair_index[first, second] = number
        self._embeddings = stylist.embed([CANONICAL[style] for style in settings.styles])

    def take(self) -> bool:
        """Takes in one finished sequence, if there is one: on the training thread, so that a recorded step is not disturbed."""
        if self.count == self._settings.sequences or (file := self._workers.next_file()) is None:
            return False
        with np.load(file) as stored:
            self.inputs[self.count].copy_(torch.from_numpy(stored["frames"]))
            self.flows[self.count].copy_(torch.from_numpy(stored["flows"]))
        file.unlink()
        self.plain[self.count] = restyle_in_all(self._stylist, self.inputs[self.count], *self._embeddings)
        if self.given is not self.plain:
            self._smooth(self.count)
        self.count += 1
        return True

    def _smooth(self, sequence: int) -> None:
        """Blends every output with the smoothed one before it, moved along the flow: the anchors that are given."""
        self.given[sequence, :, 0] = self.plain[sequence, :, 0]
        for frame in range(1, LENGTH):
            flow = self.flows[sequence, self.pair_index[frame - 1, frame]][None]
            before, now = to_picture(self.inputs[sequence, frame - 1 : frame + 1]).split(1)
            plain, earlier = (to_picture(pictures[sequence, :, at]) for pictures, at in ((self.plain, frame), (self.given, frame - 1)))
            moved = self.anchor_sampler(earlier, flow.expand(len(earlier), -1, -1, -1))
            share = self._settings.blend * trust(self.sampler(before, flow), now)
            self.given[sequence, :, frame] = to_frame(blended(plain, moved, share))

    def wait_for(self, count: int) -> None:
        while self.count < count:
            if not self.take():
                time.sleep(0.05)

    def flow_between(self, sequence: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """Flows [B, H, W, 2] from frames ``first`` to later frames ``second``; zero where they are the same frame."""
        found = self.flows[sequence, self.pair_index[first, second].clamp(min=0)].float()
        return torch.where((first == second)[:, None, None, None], 0.0, found)


def trust(seen: Tensor, pictures: Tensor) -> Tensor:
    """By how much input frames moved to ``pictures`` [B, 3, H, W] match them, 0..1, float [B, 1, H, W]."""
    difference = F.avg_pool2d((seen - pictures).abs().mean(dim=1, keepdim=True), 5, stride=1, padding=2)
    return torch.exp(-difference * (127.5 / _INPUT_LEVELS))


def blended(plain: Tensor, moved: Tensor, share: Tensor) -> Tensor:
    """Outputs ``plain`` [B, 3, H, W] gone towards the ``moved`` ones by ``share``, less where they differ."""
    alike = ((moved - plain).abs().mean(dim=1, keepdim=True) * (127.5 / _OUTPUT_LEVELS)).square()
    return plain + share * torch.exp(-alike) * (moved - plain)


class EmbeddingPool:
    """Embeddings of sampled prompts of every style, as the frozen text encoder makes them."""

    def __init__(self, stylist: Stylist, settings: Settings):
        rng = random.Random(settings.seed)
        count = settings.prompts_per_style
        embedded = [stylist.embed([CANONICAL[style], *(sample_prompt(style, rng) for _ in range(count - 1))]) for style in settings.styles]
        self._embeddings = torch.stack([embeddings for embeddings, _ in embedded])
        self._masks = torch.stack([mask for _, mask in embedded])

    def draw(self, styles: Tensor) -> tuple[Tensor, Tensor]:
        chosen = torch.randint(self._embeddings.shape[1], styles.shape, device=styles.device)
        chosen = torch.where(torch.rand(styles.shape, device=styles.device) < 0.5, 0, chosen)
        return self._embeddings[styles, chosen], self._masks[styles, chosen]


class AdapterTrainer:
    """One run over the adapter of ``networks``; all other parameters are frozen."""

    def __init__(self, stylist: Stylist, settings: Settings, store: SequenceStore):
        self._stylist, self._settings, self._store = stylist, settings, store
        self._networks, self._device = stylist.networks, stylist.device
        self._pool = EmbeddingPool(stylist, settings)
        self._networks.requires_grad_(False)
        self._learning = self._networks.adapter.get_submodule(settings.train).requires_grad_(True)
        self.history: list[dict] = []

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._device == "cuda", cache_enabled=False)

    def train(self, seconds: float) -> dict[str, Tensor]:
        """Trains for ``seconds`` and returns the averaged state of what learns, by its names in the adapter; the networks have it then."""
        settings, store, learning = self._settings, self._store, self._learning
        optimizer = Optimizer([(learning, 1.0)], settings.rate, self._device)
        average = Average(learning, settings.average_decay)

        def step(**inputs: Tensor) -> dict[str, Tensor]:
            losses = self._losses(**inputs)
            total = losses["fidelity"] + settings.consistency * losses["consistency"] + settings.sharpness * losses["softness"]
            optimizer.step(total)
            return {name: loss.detach() for name, loss in losses.items()}

        captured = CapturedStep(step, threading.Lock())
        started, number = time.monotonic(), 0
        while (elapsed := time.monotonic() - started) < seconds or number < settings.least_steps:
            optimizer.schedule(elapsed / seconds if seconds > 0 else 0.0, number)
            figures = captured(**self._inputs())
            average.update()
            if number % 100 == 0:
                losses = {name: round(value.item(), 5) for name, value in figures.items()}
                self.log(step=number, seconds=round(elapsed), sequences=store.count, **losses)
            if number % 4 == 0:
                store.take()
            number += 1
        self.log(stage="adapter", steps=number, seconds=round(max(seconds, 0.0)), batch=2 * settings.batch, sequences=store.count)
        learning.load_state_dict(average.state())
        return {f"{settings.train}.{name}": tensor for name, tensor in average.state().items()}

    def log(self, **values) -> None:
        self.history.append(values)
        print(json.dumps(values), flush=True)

    def _losses(
        self,
        *,
        pictures: Tensor,
        plain: Tensor,
        trust: Tensor,
        anchor_input: Tensor,
        earlier: Tensor,
        given: Tensor,
        rolled: Tensor,
        flows: Tensor,
        between: Tensor,
        itself: Tensor,
        edges: Tensor,
        embeddings: Tensor,
        mask: Tensor,
        strength: Tensor,
    ) -> dict[str, Tensor]:
        """Losses of B pairs of consecutive frames, given as 2B frames: all the first, then all the second.

        The anchor is the adapter's own output on ``anchor_input`` under the condition ``earlier`` where ``rolled``, else ``given``.
        """
        sampler = self._store.sampler
        with torch.no_grad(), self._autocast():
            anchor = self._restyle(anchor_input, earlier, embeddings, mask, torch.ones_like(strength)).float().clamp(-1.0, 1.0)
            anchor = torch.where(rolled, anchor, given)
            moved = self._store.anchor_sampler(anchor.repeat(2, 1, 1, 1), flows)
            condition = torch.where(itself, pictures, moved)
            share = torch.where(itself, 0.0, self._settings.blend * trust) * strength.repeat(2)[:, None, None, None]
            targets = blended(plain, moved, share)
        with self._autocast():
            outputs = self._restyle(pictures, condition, embeddings.repeat(2, 1, 1), mask.repeat(2, 1), strength.repeat(2))
        outputs = outputs.float()
        first, second = outputs.chunk(2)
        softness = F.relu(1.0 - self._settings.slack - edge_strength(outputs) / edges)
        return {
            "fidelity": picture_loss(outputs, targets),
            "consistency": (first - sampler(second, -between)).abs().mean(),
            "softness": softness.mean(),
        }

    def _restyle(self, pictures: Tensor, condition: Tensor, embeddings: Tensor, mask: Tensor, strength: Tensor) -> Tensor:
        networks, batch = self._networks, len(pictures)
        with torch.no_grad():
            reference = networks.encode(pictures)
        packed = {side: networks.adapter.encode(condition, side) for side in networks.adapter.sides}
        with networks.adapter.applied(networks.unet, packed, strength, reference):
            sample = networks.predict(self._noise(batch), reference, embeddings, mask, self._ones(batch))
        return networks.decode(sample)

    def _noise(self, batch: int) -> Tensor:
        return self._stylist.noise.expand(batch, -1, -1, -1)

    def _ones(self, batch: int) -> Tensor:
        return torch.ones(batch, device=self._device)

    def _inputs(self) -> dict[str, Tensor]:
        """Random pairs of frames at every distance from their anchor, in every style."""
        settings, store, device, batch = self._settings, self._store, self._device, self._settings.batch
        sequence = torch.randint(store.count, (batch,), device=device)
        style = torch.randint(len(settings.styles), (batch,), device=device)
        distance = torch.randint(1, REACH, (batch,), device=device)
        anchor = (torch.rand(batch, device=device) * (LENGTH - 1 - distance)).long()
        first, second = anchor + distance, anchor + distance + 1
        before = (anchor - torch.randint(1, REACH + 1, (batch,), device=device)).clamp(min=0)
        anchor_input = to_picture(store.inputs[sequence, anchor])
        warped = store.anchor_sampler(to_picture(store.plain[sequence, style, before]), store.flow_between(sequence, before, anchor))
        stale = torch.rand(batch, 1, 1, 1, device=device) < _STALE
        flows = [torch.where(stale, 0.0, store.flow_between(sequence, anchor, frame)) for frame in (first, second)]
        frames, sequences, styles = torch.cat([first, second]), sequence.repeat(2), style.repeat(2)
        embeddings, mask = self._pool.draw(style)
        plain = to_picture(store.plain[sequences, styles, frames])
        pictures, flows = to_picture(store.inputs[sequences, frames]), torch.cat(flows)
        seen = store.sampler(anchor_input.repeat(2, 1, 1, 1), flows)
        return {
            "pictures": pictures,
            "plain": plain,
            "trust": trust(seen, pictures),
            "anchor_input": anchor_input,
            "earlier": torch.where((anchor == 0)[:, None, None, None], anchor_input, warped),
            "given": to_picture(store.given[sequence, style, anchor]),
            "rolled": torch.rand(batch, 1, 1, 1, device=device) < _ROLLED,
            "flows": flows,
            "between": store.flow_between(sequence, first, second),
            "itself": (torch.rand(batch, 1, 1, 1, device=device) < _FIRST_GROUP).repeat(2, 1, 1, 1),
            "edges": edge_strength(plain),
            "embeddings": embeddings,
            "mask": mask,
            "strength": torch.where(torch.rand(batch, device=device) < 0.2, torch.rand(batch, device=device), 1.0),
        }


def train(bundle: Path, settings: Settings, data: Path, clips: Path, out: Path) -> dict:
    """Trains the adapter of ``bundle``, writes weights and record to ``out``, and returns the record."""
    started = time.monotonic()
    photographs(data)
    out.mkdir(parents=True, exist_ok=True)
    held_out = held_out_clips(clips, settings.frames)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        workers = SequenceWorkers(settings, data, clips, Path(scratch))
        stylist = load_stylist(bundle, settings)
        adapter = stylist.networks.adapter
        before = {name: tensor.clone() for name, tensor in adapter.state_dict().items()}
        if settings.train == "hooks":
            torch.nn.init.zeros_(adapter.output.share)
        store = SequenceStore(stylist, settings, workers)
        trainer = AdapterTrainer(stylist, settings, store)
        store.wait_for(settings.ready)
        trainer.log(stage="start", machine=machine(), seed=settings.seed)
        state = trainer.train(settings.seconds - settings.report_seconds - (time.monotonic() - started))
        workers.stop()
    record = {"settings": asdict(settings), "training": trainer.history, "report": {"mean": {}, "styles": {}}}
    save(out, state, record)
    compared, schedules = {"": state}, SCHEDULES
    if settings.train == "hooks":
        schedules = [*SCHEDULES, Schedule(settings.frames)]  # one group: what hooks do to a frame without an anchor
        silent = silence(before)
        rule = {name: tensor for name, tensor in before.items() if name.startswith("output.")}
        compared = {"hooks, ": silent | state, "hooks and rule, ": state | rule, "rule, ": silent | rule}
    for name, weights in compared.items():
        adapter.load_state_dict(weights, strict=False)
        found = measure(stylist, held_out, settings.styles, schedules)
        for part, rows in record["report"].items():
            rows |= {row if row == "off" else name + row: figures for row, figures in found[part].items()}
        save(out, state, record)
    return record


def silence(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Those weights of an adapter's ``state`` without which it has no effect, as zeros."""
    return {name: torch.zeros_like(tensor) for name, tensor in state.items() if ".up." in name or name == "output.share"}


def table(means: dict[str, dict[str, float]]) -> str:
    """The report's means, one row by schedule; warp error, Sobel and detail against the row without adapter too."""
    lines = [f"{'':38s}" + "".join(f"{measure:>10s}" for measure in MEASURES)]
    for name, row in means.items():
        change = "".join(f"  {measure} {100 * (row[measure] / means['off'][measure] - 1):+.1f}%" for measure in ("warp", "sobel", "detail"))
        lines.append(f"{name:38s}" + "".join(f"{row[measure]:10.3f}" for measure in MEASURES) + change)
    return "\n".join(lines)


def held_out_clips(clips: Path, frames: int) -> dict[str, np.ndarray]:
    """The first frames of each clip that training never sees, uint8 [T, 256, 256, 3], by name."""
    return {
        name: np.stack([centre_square(frame)[..., ::-1] for frame in read_clip(clips / f"{name}.mp4", frames)]) for name in HELD_OUT_CLIPS
    }


def load_stylist(bundle: Path, settings: Settings) -> Stylist:
    """The bundle's own networks on the GPU if there is one, set up for training."""
    torch.manual_seed(settings.seed)
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    networks = with_output_hook(load_networks(bundle), settings.share)
    if settings.train == "output":
        torch.nn.init.constant_(networks.adapter.output.share, settings.share)
    networks.to(device)
    for part in (networks.autoencoder, networks.unet):
        part.to(memory_format=torch.channels_last)
    return Stylist(networks, Tokenizer.from_file(str(bundle / TOKENIZER)), device)


def with_output_hook(networks: Networks, share: float = 0.0) -> Networks:
    """``networks`` if they have a hook on the output, else a copy with one.

    Its latents follow the anchor's by ``share`` where they agree: not at all by default.
    """
    if networks.size.adapter.output:
        return networks
    extended = Networks(replace(networks.size, adapter=replace(networks.size.adapter, output=True)))
    extended.load_state_dict(networks.state_dict(), strict=False)
    torch.nn.init.constant_(extended.adapter.output.share, share)
    return extended.eval()


def machine() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def save(out: Path, state: dict[str, Tensor], record: dict) -> None:
    """Writes an adapter's trained weights under their names in `Networks`, and the record of their training."""
    save_file({f"adapter.{name}": tensor.detach().cpu().contiguous() for name, tensor in state.items()}, out / WEIGHTS)
    (out / RECORD).write_text(json.dumps(record, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="what impasto_models.data prepared")
    parser.add_argument("--clips", type=Path, required=True, help="folder with the clips as MP4")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--train", choices=("output", "hooks"), default="output", help="the hook on the output, or those in the down blocks"
    )
    parser.add_argument("--smoke", action="store_true", help="a few steps on two sequences and two styles")
    for name in ("seconds", "report_seconds", "rate", "blend", "consistency", "sharpness", "slack"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=float)
    for name in ("sequences", "ready", "least_steps", "batch", "workers", "frames", "seed"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int)
    parser.add_argument("--styles", nargs="+", choices=STYLES)
    arguments = vars(parser.parse_args())
    settings = Settings(**HOOKS) if arguments["train"] == "hooks" else Settings()
    if arguments["smoke"]:
        settings = replace(SMOKE, train=arguments["train"])
    for name, value in arguments.items():
        if value is not None and hasattr(settings, name):
            setattr(settings, name, value)
    record = train(arguments["bundle"], settings, arguments["data"], arguments["clips"], arguments["out"])
    print(table(record["report"]["mean"]))


if __name__ == "__main__":
    main()
