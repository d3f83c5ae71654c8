"""Decides which of the ranked leaves a path maps to, if exactly one is right. Pure.

A path is decided only if its last step and a leaf have the same name, the steps above agree, and no other category is
about as similar. A path that is broader than any leaf, or that has several right leaves, is left to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapping_studio.audiences import audience_of, unstated
from mapping_studio.path_index import PathIndex, Ranked, Similarity
from mapping_studio.translation import in_english, languages_of
from mapping_studio.words import words_of
from relisting.names import spellings
from tiktok_shop.catalogue import Category

MAX_LEAVES = 5
SAME_NAME = 0.999
MIN_SCORE = 0.75
"""Lowest similarity of the whole paths for deciding by a name that only one category has."""
MIN_LEAD = 0.15
"""Smallest lead over the next category."""
RIVAL_NAME = 0.8
"""Name similarity from which another category is a rival, even if its path differs."""
RIVAL_LEAD = 0.2
WELL_KNOWN = 0.6
"""Lowest share of a path's words that a tree in its language contains, if the path's language is uncertain."""
WELL_MATCHED = 0.8
"""Score of the best leaf from which the words are similar enough without synonyms."""
ENGLISH = ("en",)
TRANSLATED = "the tree is in another language, and its names were translated word by word"


@dataclass(frozen=True, slots=True)
class Suggestion:
    leaves: tuple[Similarity, ...]
    """At most five, best first."""
    decided: str
    """The id of the only right leaf; empty if a person must choose."""
    why: str
    """Why the path is decided, or why not."""


def suggest(index: PathIndex, steps: Sequence[str], examples: Sequence[str] = ()) -> Suggestion:
    """A path in a language other than the tree's is translated, and never decided."""
    if translated := _translated(index, steps, examples):
        return Suggestion(translated[:MAX_LEAVES], "", TRANSLATED)
    ranked = index.rank(steps, examples)
    if not ranked.leaves:
        why = "no category of the tree contains a word of this path"
        return Suggestion(_by_synonyms(index, steps, examples), "", why)
    leaves = _with_broader_leaf(index, steps, ranked)
    problem = _undecided_because(index, steps, examples, ranked)
    if problem and leaves[0].score < WELL_MATCHED:
        leaves = _by_synonyms(index, steps, examples) or leaves
    decided = "" if problem else ranked.leaves[0].category_id
    return Suggestion(leaves, decided, problem or "same name, and the paths agree")


def _by_synonyms(index: PathIndex, steps: Sequence[str], examples: Sequence[str]) -> tuple[Similarity, ...]:
    """The leaves if English synonyms count as one word, such as cribs and cots; empty for other trees."""
    if "en" not in index.languages:
        return ()
    plain = [in_english(step, ENGLISH) for step in steps]
    return index.in_english.rank_translated(plain, [in_english(title, ENGLISH) for title in examples])[:MAX_LEAVES]


def _with_broader_leaf(index: PathIndex, steps: Sequence[str], ranked: Ranked) -> tuple[Similarity, ...]:
    """The best leaves, including the one that contains the path where the tree is coarser.

    The latter comes first unless a leaf has nearly the name of the last step.
    """
    best = ranked.leaves[:MAX_LEAVES]
    alike = max(index.similarity_of_names(steps[-1], index.tree.path(each.category_id)[-1].name) for each in best)
    if alike >= SAME_NAME:
        return best
    broader = next((each for size in (1, 2) if (each := _leaf_of(index, steps[:-size]))), None)
    if broader is None:
        return best
    rest = tuple(each for each in best if each.category_id != broader.category_id)
    place = 0 if alike < RIVAL_NAME else 1
    return (*rest[:place], broader, *rest[place:])[:MAX_LEAVES]


def _leaf_of(index: PathIndex, steps: Sequence[str]) -> Similarity | None:
    """The leaf named like the last of these steps, if the steps above agree."""
    if len(steps) < 2:
        return None
    ranked = index.rank(steps)
    for each, score in sorted(ranked.own_scores.items(), key=lambda pair: (-pair[1], pair[0]))[:1]:
        name = index.tree.path(each)[-1].name
        if score >= MIN_SCORE and index.similarity_of_names(steps[-1], name) >= SAME_NAME:
            return Similarity(each, score)
    return None


def _translated(index: PathIndex, steps: Sequence[str], examples: Sequence[str]) -> tuple[Similarity, ...]:
    """The leaves for a path in a language other than the tree's; empty for all other paths."""
    if index.contains_all(steps):
        return ()
    languages = languages_of(steps)
    if not languages or not index.languages or set(languages) & set(index.languages):
        return ()
    if len(languages) > 1 and index.known_share(steps) >= WELL_KNOWN:
        return ()
    english = [in_english(step, languages) for step in steps]
    return index.in_english.rank_translated(english, [in_english(title, languages) for title in examples])


def _undecided_because(index: PathIndex, steps: Sequence[str], examples: Sequence[str], ranked: Ranked) -> str:
    tree = index.tree
    best = ranked.leaves[0]
    score = ranked.own_scores.get(best.category_id, 0.0)
    if ranked.inner and ranked.inner[0].score >= score:
        parent = ranked.inner[0].category_id
        return f"{tree.path_text(parent)} is equally similar, and contains {len(tree.leaves_under(parent))} leaves"
    name = tree.path(best.category_id)[-1].name
    if index.similarity_of_names(steps[-1], name) < SAME_NAME:
        return "no leaf has the same name"
    if problem := tree.problem_with(best.category_id):
        return f"the most similar leaf {problem}"
    same = [each.category_id for each in ranked.leaves if _is_same_path(tree.path(each.category_id), steps)]
    if len(same) > 1:
        return f"{len(same)} leaves have this path"
    if not same and (problem := _broader(index, steps, best.category_id) or _rival(index, steps, ranked, score)):
        return problem
    theirs = audience_of([step.name for step in tree.path(best.category_id)])
    if not same and (groups := unstated(audience_of(steps), theirs)):
        return f"the leaf is for {', '.join(sorted(groups))}, which this path does not state"
    if examples and (said := index.rank_examples(examples)) and said[0].category_id != best.category_id:
        own = next((each.score for each in said if each.category_id == best.category_id), 0.0)
        if said[0].score - own > RIVAL_LEAD:
            return f"the example products name {tree.path_text(said[0].category_id)}"
    return ""


def _broader(index: PathIndex, steps: Sequence[str], leaf: str) -> str:
    """Why the last step may mean a category above the leaf: `Seeds` may mean the parent in `Seeds & Bulbs > Seeds`."""
    tree, words = index.tree, set(words_of(steps[-1]))
    own = [set(words_of(step)) for step in steps[:-1]]
    for category in tree.path(leaf)[:-1]:
        named = set(words_of(category.name))
        if words and words < named and named not in own:
            return f"{tree.path_text(category.id)} has this name too"
    return ""


def _rival(index: PathIndex, steps: Sequence[str], ranked: Ranked, score: float) -> str:
    """Why the best leaf, which has the same name but another path, may not be the only right one; empty if it is."""
    tree = index.tree
    if score < MIN_SCORE:
        return "a leaf has the same name, but the paths differ"
    for rival in (*ranked.leaves[1:], *ranked.inner):
        rival_score = ranked.own_scores.get(rival.category_id, 0.0) if tree.is_leaf(rival.category_id) else rival.score
        alike = index.similarity_of_names(steps[-1], tree.path(rival.category_id)[-1].name) >= RIVAL_NAME
        if rival_score > score - (RIVAL_LEAD if alike else MIN_LEAD):
            return f"{tree.path_text(rival.category_id)} is equally similar"
    return ""


def _is_same_path(path: Sequence[Category], steps: Sequence[str]) -> bool:
    return [spellings(category.name)[2] for category in path] == [spellings(step)[2] for step in steps]
