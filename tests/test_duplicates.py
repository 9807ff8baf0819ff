"""The same story at several publishers: what is found to be of one origin, and what is left apart."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.duplicates import (
    COMMON,
    MAX_CHARACTERS,
    MIN_WORDS,
    NEIGHBOURS,
    SKETCH_VERSION,
    candidate_pairs,
    comparable_words,
    group,
    overlap,
    same_origin,
    sketch,
    sketch_is_current,
)

SYLLABLES = ("ba", "ko", "ri", "sen", "tal", "mu", "dor", "ved", "li", "gash", "no", "per")


def story(seed: int, words: int = 300) -> str:
    """A text that shares no more with those of other seeds than words: sentences of ten, paragraphs of fifty."""
    chance = random.Random(seed)
    made = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 3))) for _ in range(words)]
    text = ""
    for place, word in enumerate(made):
        begins = place % 10 == 0
        text += (("" if not place else ".\n\n" if place % 50 == 0 else ". ") if begins else " ") + (
            word.title() if begins else word
        )
    return text + "."


def linked(*texts: str) -> set[tuple[int, int]]:
    """The whole way, without groups."""
    pairs = candidate_pairs([sketch(text) for text in texts])
    return {(one, other) for one, other in pairs if same_origin(texts[one], texts[other])}


def edited(text: str, every: int) -> str:
    words = text.split(" ")
    return " ".join("another" if place % every == every - 1 else word for place, word in enumerate(words))


STORY, OTHER = story(1), story(2)
PARAGRAPHS = STORY.split("\n\n")
COPIES = {
    "verbatim": STORY,
    "under another dateline, with credits": f"PARIS (AFP) - {STORY}\n(Reporting by Eva Kim; Editing by Jan Novak)",
    "with another title before it": f"What nobody saw coming in the strait\n\n{STORY}",
    "on one line, in capitals": STORY.upper().replace("\n\n", " "),
    "cut to its first sixth": PARAGRAPHS[0],
    "led anew": "\n\n".join([story(3, 60), *PARAGRAPHS[2:]]),
    "within a longer one": "\n\n".join([story(4, 400), STORY, story(5, 400)]),
    "joined with another": f"{OTHER}\n\nMEANWHILE\n\n{STORY}",
    "with every twentieth word changed": edited(STORY, 20),
    "cut to its first third, edited, under another title": f"Strait\n\n{edited(' '.join(PARAGRAPHS[:2]), 15)}",
    "without two of its paragraphs": "\n\n".join(PARAGRAPHS[:2] + PARAGRAPHS[4:]),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_is_found(how: str) -> None:
    assert linked(STORY, COPIES[how], story(6), OTHER[:400]) >= {(0, 1)}


def test_both_stories_of_a_merged_article_are_found() -> None:
    assert linked(STORY, OTHER, f"{STORY}\n\n{OTHER}") == {(0, 2), (1, 2)}


def test_other_spellings_of_the_same_words_do_not_count() -> None:
    one = f"{STORY} The U.S. paid 1,250,000 dollars – “at last”, said Erdoğan’s aide. {story(7, 40)}"
    other = f'{STORY} The US paid 1250000 dollars - "at last", said Erdog\u0306an\'s aide. {story(7, 40)}'
    assert overlap(one, other).contained == 1


# What is left apart


def report(day: int) -> str:
    """A market report on one pattern: the words are the same each day, the numbers are not."""
    chance = random.Random(day)
    figures = iter([f"{chance.randint(10, 99)}.{chance.randint(100, 999)}" for _ in range(40)])
    return " ".join(
        f"Shares of {name} closed the session on the exchange in the capital at {next(figures)} crowns after they had"
        f" opened in the morning at a price of {next(figures)} crowns"
        for name in ("Alfa", "Beta", "Gama", "Delta", "Epsilon", "Zeta", "Eta", "Theta")
    )


def quoting(seed: int) -> str:
    """An article a quarter of which is what the same person said."""
    return f"{story(seed, 150)}\n\n“{story(99, 100)}”\n\n{story(seed + 1000, 150)}"


def series(day: int) -> str:
    """News of the day above two paragraphs of background that are the same each day."""
    return f"{story(day + 500, 200)}\n\n{story(98, 100)}"


@pytest.mark.parametrize("make", [story, report, quoting, series])
def test_what_is_written_anew_is_of_another_origin(make: type[str]) -> None:
    assert linked(*(make(number) for number in range(5))) == set()


def test_credits_of_whatever_length_do_not_make_one_origin_of_two_reports() -> None:
    credit = (
        f"\n(Reporting by {', '.join(['Eva Kim', 'Jan Novak', 'Ann Bo'] * 12)})\nCopyright 2012 Thomson Reuters. Click"
        " for restrictions. This material may not be published, broadcast, rewritten or redistributed."
    )
    assert linked(story(11, 40) + credit, story(12, 40) + credit) == set()


def test_a_number_or_two_may_have_changed_since() -> None:
    numbers = "At least 12 people died and 40 were hurt in 3 of the 7 towns by 6 o'clock on the 14th, after 2 days."
    earlier, later = (f"{STORY} {text}" for text in (numbers, numbers.replace("12", "15")))
    found = overlap(earlier, later)
    assert (found.numbers, found.agreeing) == (7, 6)
    assert same_origin(earlier, later)


def test_texts_of_one_pattern_differ_in_their_numbers() -> None:
    found = overlap(report(1), report(2))
    assert found.numbers == 16
    assert found.agreeing == 0
    assert overlap(report(1), report(1)).agreeing == 16


@pytest.mark.parametrize(
    ("share", "unknown", "same_day", "next_days", "later"),
    [(0.4, False, False, False, False), (0.55, False, True, False, False), (0.75, True, True, True, False)],
)
def test_what_appears_later_must_agree_in_more(
    share: float, unknown: bool, same_day: bool, next_days: bool, later: bool
) -> None:
    other = f"{' '.join(STORY.split()[: int(share * 300)])} {story(8, 300 - int(share * 300))}"
    assert overlap(STORY, other).contained == pytest.approx(share, abs=0.01)
    expected = [unknown, same_day, next_days, next_days, later, later]
    assert [same_origin(STORY, other, days) for days in (None, 0, 1, -2, 3, -300)] == expected


def test_a_shortened_copy_may_appear_at_any_time() -> None:
    assert same_origin(STORY, PARAGRAPHS[0], 300)


def test_of_a_short_report_more_must_be_shared() -> None:
    short = f"{' '.join(STORY.split()[:55])} {story(8, 45)}"
    assert overlap(STORY, short).contained == pytest.approx(0.55, abs=0.01)
    assert not same_origin(STORY, short, 0)
    assert same_origin(STORY, f"{' '.join(STORY.split()[:62])} {story(8, 38)}", 0)


def test_a_text_too_short_to_tell_is_of_no_pair() -> None:
    short = " ".join(story(1).split()[: MIN_WORDS - 1])
    assert sketch(short) == b""
    assert not same_origin(short, short)
    assert candidate_pairs([b"", b"", sketch(STORY)]) == []


# Scripts


CHINESE = (
    "外交部发言人在例行记者会上表示双方将就海峡航行自由问题继续保持沟通协商并呼吁有关各方保持克制避免局势进一步升级"
)
JAPANESE = (
    "外務省の報道官は記者会見で両国が海峡の航行の自由について協議を続けると述べ関係国に自制を求める考えを改めて強調した"
)
THAI = "กระทรวงการต่างประเทศแถลงว่าทั้งสองฝ่ายจะเจรจาต่อไปเรื่องเสรีภาพในการเดินเรือในช่องแคบและขอให้ทุกฝ่ายอดทนอดกลั้น"
HINDI = " ".join(["विदेश", "मंत्रालय", "ने", "कहा", "कि", "दोनों", "पक्ष", "बातचीत", "जारी", "रखेंगे"] * 4)
ARABIC = " ".join(["قالت", "وزارة", "الخارجية", "إن", "الطرفين", "سيواصلان", "المحادثات", "بشأن", "المضيق"] * 4)


@pytest.mark.parametrize("text", [CHINESE, JAPANESE, THAI, HINDI, ARABIC])
def test_copies_are_found_in_every_script(text: str) -> None:
    assert linked(text, f"{text}。{text[::-1]}")
    assert not linked(text, text[::-1])


def test_words_keep_their_marks_and_scripts_without_spaces_give_four_characters() -> None:
    assert comparable_words("हिन्दी में") == ["हिन्दी", "में"]
    assert comparable_words("NHKは東京で") == ["nhk", "は東京で", "東京で", "京で", "で"]


# Sketches


def test_a_sketch_begins_with_its_version_and_is_about_a_byte_a_word() -> None:
    made = sketch(STORY)
    assert made[0] == SKETCH_VERSION
    assert 150 < len(made) < 450
    assert sketch_is_current(made)
    assert sketch_is_current(b"")


@pytest.mark.parametrize("made", [bytes([SKETCH_VERSION + 1, 1, 2, 3, 4]), sketch(STORY)[:-1], b"\0"])
def test_a_sketch_of_another_version_or_a_damaged_one_is_ignored(made: bytes) -> None:
    assert not sketch_is_current(made)
    assert candidate_pairs([made, made, sketch(STORY), sketch(STORY)]) == [(2, 3)]


def test_a_very_long_text_is_sketched_from_its_beginning() -> None:
    text = story(1, 30_000)
    assert len(text) > MAX_CHARACTERS
    assert sketch(text) == sketch(text[:MAX_CHARACTERS])
    assert linked(text, text[:2_000])
    assert not linked(text, text[-2_000:])


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=400))
def test_the_same_text_has_the_same_sketch(text: str) -> None:
    assert sketch(text) == sketch(text)
    assert sketch_is_current(sketch(text))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(MIN_WORDS, 250))
def test_whatever_length_a_text_is_cut_to_it_is_found(seed: int, words: int) -> None:
    text = story(seed)
    assert linked(text, " ".join(text.split()[:words])) == {(0, 1)}


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=12, unique=True))
def test_texts_that_have_nothing_to_do_with_each_other_are_never_linked(seeds: list[int]) -> None:
    assert candidate_pairs([sketch(story(seed)) for seed in seeds]) == []


# Candidates


@settings(deadline=None, max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_articles_does_not_matter(chance: random.Random) -> None:
    texts = [*COPIES.values(), OTHER, story(20), story(20, 200)]
    order = list(range(len(texts)))
    chance.shuffle(order)
    plain = candidate_pairs([sketch(text) for text in texts])
    shuffled = candidate_pairs([sketch(texts[place]) for place in order])
    back = sorted((min(order[one], order[other]), max(order[one], order[other])) for one, other in shuffled)
    assert back == plain


def test_pairs_are_ascending_and_only_those_of_new_articles_are_given() -> None:
    made = [sketch(story(number % 3)) for number in range(9)]
    every = candidate_pairs(made)
    assert every == sorted((one, other) for one, other in combinations(range(9), 2) if one % 3 == other % 3)
    assert candidate_pairs(made, 7) == [pair for pair in every if pair[1] >= 7]
    assert candidate_pairs(made, 9) == []
    assert candidate_pairs([]) == []


def test_one_paragraph_under_thousands_of_articles_makes_no_pairs() -> None:
    boilerplate = sketch(story(1, 200))[1:]
    chance = np.random.default_rng(1)
    made = [
        sketch(STORY)[:1]
        + np.sort(
            np.concatenate([np.frombuffer(boilerplate, "<u4"), chance.integers(0, 2**32, 12, np.uint32)]).astype("<u4")
        ).tobytes()
        for _ in range(5_000)
    ]
    assert candidate_pairs(made) == []


def test_a_story_told_by_hundreds_still_hangs_together() -> None:
    count = 5 * COMMON
    pairs = candidate_pairs([sketch(STORY)] * count)
    assert len(pairs) <= count * NEIGHBOURS
    assert set(group(count, pairs).tolist()) == {0}


# Groups


def test_linked_articles_are_one_group_named_by_the_first() -> None:
    assert group(6, [(4, 5), (1, 4), (1, 5)]).tolist() == [0, 1, 2, 3, 1, 1]
    assert group(0, []).tolist() == []


def test_a_story_that_grows_is_one_group_although_its_first_and_last_form_share_little() -> None:
    assert group(3, [(0, 1), (1, 2)]).tolist() == [0, 0, 0]


def every(*places: int) -> list[tuple[int, int]]:
    """All of them linked with each other."""
    return list(combinations(sorted(places), 2))


def test_a_round_up_does_not_make_one_origin_of_its_stories() -> None:
    one, other, round_up = (0, 1, 2), (3, 4, 5, 6), 7
    links = [*every(*one), *every(*other), *((place, round_up) for place in one + other)]
    assert group(8, links).tolist() == [0, 0, 0, 3, 3, 3, 3, 3]


def test_a_round_up_of_stories_without_copies_stays_with_one_of_them() -> None:
    assert group(4, [(0, 3), (1, 3), (2, 3)]).tolist() == [0, 1, 2, 0]


def test_an_article_linked_with_one_copy_only_is_of_its_group() -> None:
    assert group(6, [*every(0, 1, 2, 3, 4), (4, 5)]).tolist() == [0] * 6


LINKS = st.integers(1, 30).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] < pair[1])
        ),
    )
)


@settings(deadline=None)
@given(LINKS, st.randoms(use_true_random=False))
def test_groups_part_the_articles_and_are_named_by_their_first(
    made: tuple[int, list[tuple[int, int]]], chance: random.Random
) -> None:
    count, pairs = made
    groups = group(count, pairs)
    for label in set(groups.tolist()):
        assert label == np.flatnonzero(groups == label)[0]
    chance.shuffle(pairs)
    assert (group(count, pairs) == groups).all()


@settings(deadline=None)
@given(LINKS)
def test_only_what_hangs_together_over_links_is_in_one_group(made: tuple[int, list[tuple[int, int]]]) -> None:
    count, pairs = made
    reached = np.eye(count, dtype=bool)
    for one, other in pairs:
        reached[one, other] = reached[other, one] = True
    for between in range(count):
        reached |= np.outer(reached[:, between], reached[between])
    groups = group(count, pairs)
    assert all(reached[place, label] for place, label in enumerate(groups))
