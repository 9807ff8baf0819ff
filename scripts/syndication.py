#!/usr/bin/env python3
"""How well copies of a story are told from other stories, on syndication made of real articles; and pairs to judge.

Usage: syndication.py CORPUS.jsonl.xz ... [--minhash]
       syndication.py CORPUS.jsonl.xz --pairs N [--near N] [--seed S]

Without --pairs: stretches of articles of neighbouring days are taken from each corpus. From every sixth article copies
are made as publishers make them. Two texts are of one origin for certain where at least 60 % of the shorter one
was left as it was; that is a matter of how they were made. Two articles of the corpora that nobody made from each other
are of different origin, except where they share so many runs of eight words that they may be real copies: these are
not counted either way. Everything goes the whole way: sketches, candidates, exact check, groups. --minhash adds
datasketch's MinHash with LSH in the place of the sketches.

With --pairs: the whole corpus goes that way, and a sample of the linked pairs is printed (with --near N, also
of candidates that the exact check refused although they share more than a third).
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from importlib.metadata import version
from itertools import combinations, islice
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from machine import describe
from sklearn.feature_extraction.text import TfidfVectorizer

from indexer.duplicates import Overlap, candidate_pairs, comparable_words, group, overlap, same_origin, sketch

SMALL = 5_000
"""A corpus of no more articles is taken whole."""
STRETCHES = 8
STRETCH = 250
SYNDICATED = 6
"""Every so manieth article is copied."""
SHORTEST_COPY = 40
LEFT = 0.6
TWIN_DAYS = 3
POSSIBLE_COPY = 0.3
"""Share of the shorter text's runs of eight words in the longer one, from which two real articles may be copies."""


NEAR = 0.35


class Real(NamedTuple):
    """An article of a corpus."""

    id: str
    title: str
    publisher: str
    published: str
    text: str


class Story(NamedTuple):
    """A text of the pool: what was done to it, and which words of which articles (places in the pool) it has left."""

    made: str
    text: str
    left: tuple[tuple[int, frozenset[int]], ...]


def main() -> None:
    """Measure, or print pairs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--near", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minhash", action="store_true")
    given = parser.parse_args()
    print(describe())
    if given.pairs:
        print_pairs(given.corpora, given.pairs, given.near, given.seed)
        return
    reals = [real for corpus in given.corpora for real in stretches(corpus)]
    for half, name in enumerate(("development", "held out")):
        part = [real for real in reals if crc32(real.id.encode()) % 2 == half]
        measure(name, part, random.Random(f"{given.seed} {name}"), minhash=given.minhash)


def read(corpus: Path) -> Iterator[Real]:
    """The articles of a corpus, one after another."""
    with lzma.open(corpus, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield Real(row["id"], row["title"], row["publisher"], (row["published"] or "")[:10], row["text"])


def stretches(corpus: Path) -> list[Real]:
    """Articles that stand together, from all over the corpus; all of a small one."""
    total = sum(1 for _ in read(corpus))
    length, every = (total, total) if total <= SMALL else (STRETCH, total // STRETCHES)
    return [real for number, real in enumerate(read(corpus)) if number % every < length]


def day_of(real: Real) -> int | None:
    """The day of publication as a number; the first one of a year or month that is all that is known."""
    return date.fromisoformat(f"{real.published}-01-01"[:10]).toordinal() if real.published else None


def published(story: Story, reals: Sequence[Real], chance: random.Random) -> int | None:
    """The day of a story's article; copies follow on the same day, the next or the one after."""
    day = day_of(reals[story.left[0][0]])
    return day if day is None or story.made == "original" else day + chance.choice((0, 0, 0, 1, 1, 2))


def apart(days: Mapping[int, int | None] | Sequence[int | None], pair: tuple[int, int]) -> int | None:
    """How many days lie between two places, as far as known."""
    one, other = days[pair[0]], days[pair[1]]
    return None if one is None or other is None else abs(one - other)


def syndicate(stories: list[Story], reals: list[Real], chance: random.Random) -> None:
    """Add the copies of every ``SYNDICATED``th article."""
    chosen = [place for place in range(0, len(reals), SYNDICATED) if len(reals[place].text.split()) >= SHORTEST_COPY]
    for place in chosen:
        words = reals[place].text.split()
        other = chance.choice(chosen)
        for made, text, left in copies(words, reals[place].title, chance):
            stories.append(Story(made, text, ((place, frozenset(left)),)))
        if other != place:
            stories.append(merged(place, words, other, reals[other].text.split(), chance))


def copies(words: list[str], title: str, chance: random.Random) -> Iterator[tuple[str, str, Iterable[int]]]:
    """What was done, the copy, and which words are left."""
    count, everything = len(words), range(len(words))
    third = max(SHORTEST_COPY, int(count * chance.uniform(0.2, 0.33)))
    lead = int(count * chance.uniform(0.1, 0.4))
    rewritten = words[:lead]
    chance.shuffle(rewritten)
    edited, kept = edit(words, chance)
    yield (
        "verbatim, other marks",
        f"PARIS (AFP) - {' '.join(words)}\n(Editing by Jan Novak; Reporting by Eva Kim)",
        everything,
    )
    yield (
        "retitled",
        f"{chance.choice(('Latest', 'World', 'Analysis'))}: {title[::-1]}\n\n{' '.join(words)}",
        everything,
    )
    yield "truncated to a third or less", " ".join(words[:third]), range(min(third, count))
    yield "led anew", " ".join(rewritten + words[lead:]), range(lead, count)
    yield "edited lightly", " ".join(edited), kept
    short, left = edit(words[: third * 3 // 2], chance)
    yield (
        "cut, edited, retitled",
        f"{title.upper()}\n\n{' '.join(short)}\nThe Associated Press contributed to this report.",
        left,
    )


def edit(words: list[str], chance: random.Random) -> tuple[list[str], list[int]]:
    """Four words of a hundred changed, dropped or put in, one sentence in ten dropped, and what is left."""
    done: list[str] = []
    left: list[int] = []
    dropping = False
    for place, word in enumerate(words):
        luck = chance.random()
        if luck < 0.04 and not dropping:
            done += [] if luck < 0.01 else [chance.choice(words)] if luck < 0.03 else [word, chance.choice(words)]
        elif not dropping:
            done.append(word)
            left.append(place)
        if word.endswith((".", '."', ".”")):
            dropping = chance.random() < 0.1
    return done, left


def merged(place: int, words: list[str], other: int, others: list[str], chance: random.Random) -> Story:
    """Two stories in one article, either may be cut at its end."""
    first = max(SHORTEST_COPY, int(len(words) * chance.choice((0.6, 0.8, 1, 1))))
    second = max(SHORTEST_COPY, int(len(others) * chance.choice((0.6, 0.8, 1, 1))))
    text = " ".join(words[:first]) + "\n\nMEANWHILE\n\n" + " ".join(others[:second])
    left = (place, frozenset(range(min(first, len(words))))), (other, frozenset(range(min(second, len(others)))))
    return Story("merged with another", text, left)


def measure(name: str, reals: list[Real], chance: random.Random, *, minhash: bool) -> None:
    """Print one half's tables."""
    stories = [
        Story("original", real.text, ((place, frozenset(range(len(real.text.split())))),))
        for place, real in enumerate(reals)
    ]
    syndicate(stories, reals, chance)
    possible = possible_copies([real.text for real in reals])
    texts = [story.text for story in stories]
    days = [published(story, reals, chance) for story in stories]
    words = np.mean([len(text.split()) for text in texts])
    print(f"\n## {name}: {len(reals)} real articles, {len(stories)} texts of {words:.0f} words on average")
    started = time.perf_counter()
    sketches = [sketch(text) for text in texts]
    sketched = time.perf_counter()
    candidates = candidate_pairs(sketches)
    met = time.perf_counter()
    linked = {pair for pair in candidates if same_origin(texts[pair[0]], texts[pair[1]], apart(days, pair))}
    checked = time.perf_counter()
    groups = group(len(texts), linked)
    print(
        f"sketch {(sketched - started) / len(texts) * 1e3:.2f} ms an article, {np.mean([len(s) for s in sketches]):.0f}"
        f" bytes; candidate_pairs {met - sketched:.2f} s, {len(candidates)} pairs;"
        f" exact check {(checked - met) / len(candidates) * 1e3:.2f} ms a pair"
    )
    report("pairs linked", stories, linked, possible, reals)
    report("pairs in one group", stories, together(groups.tolist()), possible, reals)
    if minhash:
        started = time.perf_counter()
        for threshold, found in with_minhash(texts):
            linked = {pair for pair in found if same_origin(texts[pair[0]], texts[pair[1]], apart(days, pair))}
            print(f"\nMinHash, 128 permutations, LSH at {threshold}: {len(found)} candidates")
            report("pairs linked", stories, linked, possible, reals)
        print(f"MinHash: {(time.perf_counter() - started) / len(texts) * 1e3:.2f} ms an article, all in all")


def report(
    what: str, stories: list[Story], found: set[tuple[int, int]], possible: set[tuple[int, int]], reals: list[Real]
) -> None:
    """Recall by kind of copy, false links by kind of pair, and both overall."""
    wanted = {pair: kind for pair, kind in true_pairs(stories) if not _doubtful(stories, pair, possible)}
    kinds, got = Counter(wanted.values()), Counter(wanted[pair] for pair in wanted if pair in found)
    negatives = {
        name: pairs - possible for name, pairs in (("topic twins", twins(reals)), ("templates", templates(reals)))
    }
    sure = [
        pair
        for pair in found
        if pair not in wanted and not _related(stories, pair) and not _doubtful(stories, pair, possible)
    ]
    right = sum(got.values())
    print(f"\n| {what} | pairs | found | recall |\n|---|---|---|---|")
    for kind, count in sorted(kinds.items()):
        print(f"| {kind} | {count} | {got[kind]} | {got[kind] / count:.3f} |")
    print(f"| all copies | {len(wanted)} | {right} | {right / len(wanted):.3f} |")
    for name, pairs in negatives.items():
        wrong = len(pairs & found)
        print(f"| {name} (to be left apart) | {len(pairs)} | {wrong} | {wrong / max(1, len(pairs)):.4f} |")
    print(f"precision: {right / max(1, right + len(sure)):.4f} ({len(sure)} pairs of different origin linked)")
    for one, other in sorted(sure)[:5]:
        print(
            f"  wrong: {stories[one].made}: {stories[one].text[:70]!r}"
            f" / {stories[other].made}: {stories[other].text[:70]!r}"
        )
    unsure = sum(_doubtful(stories, pair, possible) for pair in found)
    print(f"not counted: {unsure} linked pairs that may be real copies ({len(possible)} such pairs of real articles)")


def true_pairs(stories: list[Story]) -> Iterator[tuple[tuple[int, int], str]]:
    """Pairs of one origin, with their kind: at least ``LEFT`` of the shorter text's words are left in both."""
    of_article = defaultdict(list)
    for place, story in enumerate(stories):
        for article, left in story.left:
            of_article[article].append((place, left))
    for members in of_article.values():
        for (one, left), (other, right) in combinations(members, 2):
            shorter = min(len(stories[one].text.split()), len(stories[other].text.split()))
            if len(left & right) >= LEFT * shorter:
                first = stories[one].made == "original"
                yield (one, other), stories[other].made if first else "copy and copy"


def _related(stories: list[Story], pair: tuple[int, int]) -> bool:
    one, other = ({article for article, _ in stories[place].left} for place in pair)
    return bool(one & other)


def _doubtful(stories: list[Story], pair: tuple[int, int], possible: set[tuple[int, int]]) -> bool:
    one, other = ([article for article, _ in stories[place].left] for place in pair)
    return any((min(a, b), max(a, b)) in possible for a in one for b in other)


def together(groups: list[int]) -> set[tuple[int, int]]:
    """All pairs of places with the same group."""
    members = defaultdict(list)
    for place, label in enumerate(groups):
        members[label].append(place)
    return {pair for places in members.values() for pair in combinations(places, 2)}


def possible_copies(texts: list[str]) -> set[tuple[int, int]]:
    """Pairs that share so much verbatim that they may be copies; found without any of what is measured here."""
    runs = [{hash(tuple(words[n : n + 8])) for n in range(len(words) - 7)} for words in map(str.split, texts)]
    holders = defaultdict(list)
    for place, mine in enumerate(runs):
        for run in mine:
            holders[run].append(place)
    shared = Counter(pair for places in holders.values() if 1 < len(places) <= 200 for pair in combinations(places, 2))
    return {
        pair
        for pair, count in shared.items()
        if count >= POSSIBLE_COPY * max(1, min(len(runs[pair[0]]), len(runs[pair[1]])))
    }


def twins(reals: list[Real]) -> set[tuple[int, int]]:
    """Each article with the nearest by TF-IDF within ``TWIN_DAYS`` days."""
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2).fit_transform(
        real.text for real in reals
    )
    days = np.array([day_of(real) or 0 for real in reals])
    found = set()
    for first in range(0, len(reals), 500):
        near = (vectors[first : first + 500] @ vectors.T).toarray()
        near[np.abs(days[first : first + 500, None] - days) > TWIN_DAYS] = -1
        near[np.arange(len(near)), first + np.arange(len(near))] = -1
        for place, best in enumerate(near.argmax(axis=1).tolist(), first):
            if near[place - first, best] > 0:
                found.add((min(place, best), max(place, best)))
    return found


def templates(reals: list[Real]) -> set[tuple[int, int]]:
    """Articles of one publisher on different days whose titles begin with the same three words."""
    alike = defaultdict(list)
    for place, real in enumerate(reals):
        alike[real.publisher, *real.title.lower().split()[:3]].append(place)
    pairs = (pair for places in alike.values() for pair in combinations(places, 2))
    return {pair for pair in pairs if reals[pair[0]].published != reals[pair[1]].published}


def with_minhash(texts: list[str]) -> Iterator[tuple[float, list[tuple[int, int]]]]:
    """Candidates by datasketch's MinHash over runs of five words, at several thresholds of its LSH."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415  (only wanted for this comparison)

    print(f"datasketch {version('datasketch')}")
    made = []
    for text in texts:
        words = comparable_words(text)
        signature = MinHash(num_perm=128)
        signature.update_batch({" ".join(words[n : n + 5]).encode() for n in range(len(words) - 4)})
        made.append(signature)
    for threshold in (0.2, 0.5):
        index = MinHashLSH(threshold=threshold, num_perm=128)
        pairs = set()
        for place, signature in enumerate(made):
            pairs |= {(other, place) for other in index.query(signature)}
            index.insert(place, signature)
        yield threshold, sorted(pairs)


def print_pairs(corpora: list[Path], count: int, near: int, seed: int) -> None:
    """Sample pairs of whole corpora."""
    with ProcessPoolExecutor(2) as pool:
        articles = (real for corpus in corpora for real in read(corpus))
        sketches: list[bytes] = []
        while portion := [real.text for real in islice(articles, 5_000)]:
            sketches += pool.map(sketch, portion, chunksize=100)
    started = time.perf_counter()
    candidates = candidate_pairs(sketches)
    print(
        f"{len(sketches)} articles, candidate_pairs {time.perf_counter() - started:.1f} s, {len(candidates)} candidates"
    )
    wanted = {place for pair in candidates for place in pair}
    articles = (real for corpus in corpora for real in read(corpus))
    texts = {place: real for place, real in enumerate(articles) if place in wanted}
    found = [(pair, overlap(texts[pair[0]].text, texts[pair[1]].text)) for pair in candidates]
    days = {place: day_of(real) for place, real in texts.items()}
    linked = {pair for pair, shared in found if shared.one_origin(apart(days, pair))}
    groups = Counter(group(len(sketches), linked).tolist())
    sizes = Counter(groups.values())
    print(f"{len(linked)} linked pairs; groups by size: {', '.join(f'{sizes[n]} of {n}' for n in sorted(sizes))}")
    refused = [item for item in found if item[0] not in linked and item[1].contained >= NEAR]
    for what, items, size in (
        ("linked", [item for item in found if item[0] in linked], count),
        ("refused", refused, near),
    ):
        print(f"\n## {what}: {min(size, len(items))} of {len(items)}")
        for number, (pair, shared) in enumerate(random.Random(seed).sample(items, min(size, len(items))), 1):
            print_pair(number, shared, texts[pair[0]], texts[pair[1]])


def print_pair(number: int, shared: Overlap, *reals: Real) -> None:
    """One pair, as a person needs it to judge it."""
    share, numbers = f"{shared.contained:.2f} of {shared.words} words", f"{shared.agreeing} of {shared.numbers} numbers"
    print(f"\n[{number}] {share}, {numbers}")
    for real in reals:
        print(f"  {real.published} {real.publisher}: {real.title}\n    {' '.join(real.text[:300].split())}")


if __name__ == "__main__":
    main()
