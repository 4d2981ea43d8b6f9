"""Outcomes to figures, in the form of the evaluation format: shares from 0 to 1, a language without queries absent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from support.dialogue.decision import SmallTalk
from support.evaluation.outcomes import Outcome

__all__ = ["calibration_error", "of_language", "report"]

MOVES = ("answered_right", "answered_wrong", "clarified_right", "clarified_wrong", "escalated")
RESAMPLES, SEED = 2000, 7
BINS = 10


def report(encoder: str, articles: int, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    languages = sorted({outcome.query.language for outcome in outcomes})
    return {
        "encoder": encoder,
        "articles": articles,
        "ece": round(calibration_error(outcomes), 4),
        "languages": {
            language: of_language([one for one in outcomes if one.query.language == language]) for language in languages
        },
    }


def of_language(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of one language. A kind without queries is absent, and so is what is measured on it."""
    kinds = {kind: [one for one in outcomes if one.query.kind == kind] for kind in {one.query.kind for one in outcomes}}
    in_scope, foreign = kinds.get("in_scope", []), kinds.get("out_of_scope", [])
    result: dict[str, Any] = {}
    if in_scope:
        result["in_scope"] = _found(in_scope) | {"ci95": _interval([one.rank == 0 for one in in_scope])}
        moves = Counter(one.move for one in in_scope)
        # Small talk in answer to a question leaves it unanswered, as a person taking over does not: it is its own row.
        result["decisions"] = {move: _round(moves[move] / len(in_scope)) for move in MOVES}
    if "follow_up" in kinds:
        result["follow_up"] = _found(kinds["follow_up"])
    if in_scope and foreign:
        truth = [1] * len(in_scope) + [0] * len(foreign)
        result["auroc"] = _round(float(roc_auc_score(truth, [one.in_scope for one in [*in_scope, *foreign]])))
    if foreign:
        moves = Counter(one.move.split("_")[0] for one in foreign)
        shares = {move: _round(moves[move] / len(foreign)) for move in ("answered", "clarified", "escalated")}
        result["out_of_scope"] = {"n": len(foreign)} | shares
    small = [isinstance(one.decision, SmallTalk) for one in in_scope]
    person = [one.asked_for_person for one in in_scope]
    if talk := kinds.get("smalltalk"):
        result["smalltalk"] = _recognised([isinstance(one.decision, SmallTalk) for one in talk], small)
    if requests := kinds.get("human_request"):
        result["human_request"] = _recognised([one.asked_for_person for one in requests], person)
    return result


def calibration_error(outcomes: Sequence[Outcome]) -> float:
    """Expected calibration error (Naeini et al. 2015) of the first candidate's confidence, in ten equal bins, over the
    queries that ask something."""
    asked = [one for one in outcomes if one.query.kind in ("in_scope", "out_of_scope")]
    if not asked:
        return 0.0
    confidence = np.array([one.confidence for one in asked])
    right = np.array([one.rank == 0 for one in asked], float)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs((confidence - right)[bins == number].sum()) for number in range(BINS)]
    return float(sum(gaps) / len(asked))


def _found(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    ranks = [one.rank for one in outcomes]
    top = {f"top{most}": _share([rank is not None and rank < most for rank in ranks]) for most in (1, 3)}
    return {"n": len(outcomes)} | top


def _recognised(hits: Sequence[bool], alarms: Sequence[bool]) -> dict[str, Any]:
    return {"n": len(hits), "recall": _share(hits)} | ({"false_alarms": _share(alarms)} if alarms else {})


def _interval(hits: Sequence[bool]) -> list[float]:
    """The middle 95 % of the share over bootstrap resamples."""
    draws = np.random.default_rng(SEED).choice(np.array(hits, float), (RESAMPLES, len(hits))).mean(axis=1)
    return [_round(float(edge)) for edge in np.quantile(draws, [0.025, 0.975])]


def _share(hits: Sequence[bool]) -> float:
    return _round(sum(hits) / len(hits))


def _round(value: float) -> float:
    return round(value, 4)
