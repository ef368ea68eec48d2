"""Figures of merit, computed by trec_eval (pytrec_eval): nDCG@k and recall@k, averaged over all labelled questions."""

from collections.abc import Mapping, Sequence

NDCG_AT = (5, 10)


def evaluate(
    relevant: Mapping[str, Mapping[str, int]],
    ranked: Mapping[str, Mapping[str, float]],
    recall_at: Sequence[int] = (5, 10, 100),
) -> dict[str, float]:
    """Averages by name, "ndcg@5" and so on. A question without an answer in `ranked` counts as 0.

    relevant: question to {page: grade over 0}; ranked: question to {page: score}.
    """
    import pytrec_eval

    cuts = {"ndcg_cut": ",".join(map(str, NDCG_AT)), "recall": ",".join(map(str, recall_at))}
    judge = pytrec_eval.RelevanceEvaluator(
        {query: dict(pages) for query, pages in relevant.items()}, {f"{name}.{at}" for name, at in cuts.items()}
    )
    found = judge.evaluate({query: dict(ranked.get(query, {})) for query in relevant})
    names = {f"ndcg_cut_{k}": f"ndcg@{k}" for k in NDCG_AT} | {f"recall_{k}": f"recall@{k}" for k in recall_at}
    count = max(1, len(relevant))
    return {ours: sum(found.get(q, {}).get(theirs, 0.0) for q in relevant) / count for theirs, ours in names.items()}
