"""Paragraphs become passages at their exact places, whatever the text and however word pieces are counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.errors import DocumentError
from indexer.extract import extract, make_article
from indexer.items import RawDocument
from indexer.passages import HEAD_TOKENS, LONGEST, PIECE, Splitting, embedded_text, embedded_texts, is_crumb, split
from indexer.types import Article, PartialDate
from tests.fakes import FakeEncoder, article

Count = Callable[[str], int]

COUNTS: dict[str, Count] = {
    "words": lambda text: len(text.split()),
    "characters": len,
    "bytes in threes": lambda text: -(-len(text.encode()) // 3),
    "the fake encoder": lambda text: FakeEncoder().count_tokens([text])[0],
    "more than the parts have": lambda text: len(text) ** 2 // 40,
    "one for anything": lambda _: 1,
}

LETTERS = "aB. ?!。1'\" \n\u200f\u202e漢字😀é()…\x00\ud800\ufeff\u2029\u3000"
PIECES = [
    "The envoy of the islands left the harbour talks on Friday. ",
    "會談在首都繼續進行。",
    "By Ana Ruiz\n",
    "x" * 90,
    "a long clause without an end ",
    "\n\n",
    " ",
    "קצר. ",
]
ANY_TEXT = (
    st.text(st.characters(codec=None), max_size=300)
    | st.text(LETTERS, max_size=400)
    | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
)
LIMITS = st.tuples(st.integers(16, 60), st.integers(8, 60)).map(lambda pair: (pair[0], min(pair)))


def rule(count: Count, longest: int = 20, piece: int = 12) -> Splitting:
    return Splitting(lambda texts: [count(text) for text in texts], longest, piece)


def texts(item: Article, by: Splitting) -> list[str]:
    return [passage.text for passage in split(item, by)]


def paragraph_spans(item: Article) -> list[tuple[int, int]]:
    spans, start = [], 0
    for paragraph in item.text.split("\n\n"):
        spans.append((start, start + len(paragraph)))
        start += len(paragraph) + 2
    return spans


def letters(text: str) -> str:
    return "".join(text.split())


def made(text: str) -> Article:
    try:
        return make_article(source="any.txt", title="Any title", paragraphs=[text], id="any", language="en")
    except DocumentError:
        assume(condition=False)
        raise


@pytest.mark.parametrize("count", COUNTS.values(), ids=COUNTS)
@given(text=ANY_TEXT, limits=LIMITS)
@hypothesis_settings(deadline=None, max_examples=150)
def test_the_invariants_of_passages_hold_for_any_text(count: Count, text: str, limits: tuple[int, int]) -> None:
    item, by = made(text), rule(count, *limits)
    passages = split(item, by)
    assert passages
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    assert all(before.end <= after.start for before, after in pairwise(passages))
    for passage in passages:
        assert passage.article_id == item.id
        assert passage.text == item.text[passage.start : passage.end] == passage.text.strip() != ""
        assert count(passage.text) <= by.longest

    paragraphs = paragraph_spans(item)
    only_crumbs = all(is_crumb(item.text[start:end]) for start, end in paragraphs)
    for start, end in paragraphs:
        inside = [passage for passage in passages if start <= passage.start and passage.end <= end]
        if is_crumb(item.text[start:end]) and not only_crumbs:
            assert inside == []
        elif by.weigh([item.text[start:end]])[0] <= by.longest:
            assert [(passage.start, passage.end) for passage in inside] == [(start, end)]
        else:
            assert all(count(passage.text) <= by.piece for passage in inside)
            assert letters("".join(passage.text for passage in inside)) == letters(item.text[start:end])


@given(text=ANY_TEXT, limits=LIMITS, language=st.sampled_from(["en", "de", "ja", "he", None, "xx"]))
@hypothesis_settings(deadline=None, max_examples=150)
def test_sentences_stand_inside_their_passage_in_order_and_none_of_it_is_lost(
    text: str, limits: tuple[int, int], language: str | None
) -> None:
    item = made(text)
    item = replace(item, meta=replace(item.meta, language=language))
    for passage in split(item, rule(COUNTS["words"], *limits)):
        spans = passage.sentences
        assert spans
        assert all(passage.start <= start < end <= passage.end for start, end in spans)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        sentences = [item.text[start:end] for start, end in spans]
        assert sentences == [sentence.strip() for sentence in sentences]
        assert letters("".join(sentences)) == letters(passage.text)


def test_a_passage_knows_its_sentences_by_their_places_in_the_article() -> None:
    item = article("talks", ["Nobody was there at the time.", "Dr. Ruiz met the U.S. envoy. “Why?” asked the press."])
    first, second = split(item, rule(COUNTS["words"]))
    assert [item.text[slice(*span)] for span in first.sentences] == [first.text]
    assert [item.text[slice(*span)] for span in second.sentences] == [
        "Dr. Ruiz met the U.S. envoy.",
        "“Why?” asked the press.",
    ]


def test_sentences_are_found_by_the_rules_of_the_articles_language() -> None:
    text = "Das Treffen war am 3. Mai in der alten Stadt. Niemand kam."
    found = {
        language: [
            text[slice(*span)] for span in split(article("a", text, language=language), rule(len, 99))[0].sentences
        ]
        for language in ("de", "en")
    }
    assert found["de"] == ["Das Treffen war am 3. Mai in der alten Stadt.", "Niemand kam."]
    assert found["en"] != found["de"]


def test_a_sentence_that_had_to_be_cut_is_a_sentence_in_each_of_its_parts() -> None:
    item = article("talks", " ".join(f"word{number:02}" for number in range(40)))
    passages = split(item, rule(COUNTS["words"], 16, 10))
    assert len(passages) > 1
    assert all(passage.sentences == ((passage.start, passage.end),) for passage in passages)


@pytest.mark.parametrize(
    "text",
    [
        "The envoy\x00 of the islands left the harbour. " * 8,
        "The envoy \ud83d of the islands \udc00 left the harbour. " * 8,
        "\u202bהשר הגיע אל הנמל לשיחות\u202c ו\u200fהן נמשכו. " * 8,
        "theenvoyoftheislandsleft" * 20,
        "會談在首都繼續進行。" * 20,
        "會談在首都繼續進行" * 20,
        "👩\u200d🚀" * 100,
        "\u0301" * 500,
    ],
    ids=["NUL", "surrogates", "directions", "no spaces", "CJK", "CJK without an end", "emoji", "marks only"],
)
def test_odd_text_is_quoted_exactly_too(text: str) -> None:
    raw = RawDocument("odd.jsonl", "application/json", json.dumps({"title": "Odd", "text": text}).encode())
    item = extract(raw)
    passages = split(item, rule(COUNTS["characters"], 60, 40))
    assert len(passages) > 1
    assert all(item.text[passage.start : passage.end] == passage.text for passage in passages)
    assert letters("".join(passage.text for passage in passages)) == letters(item.text)


def test_fifty_megabytes_in_one_paragraph_are_split_and_none_of_it_is_lost() -> None:
    sentence = "The minister of the islands said that the talks would go on without a pause until the end of June. "
    text = sentence * (50_000_000 // len(sentence))
    content = json.dumps({"title": "All of it", "text": text, "language": "en"}).encode()
    item = extract(RawDocument("long.jsonl", "application/json", content))
    by = rule(lambda part: len(part) // 4, 200, 128)
    passages = split(item, by)
    assert all(before.end + 1 == after.start for before, after in pairwise(passages))
    assert (passages[0].start, passages[-1].end) == (0, len(text) - 1)
    assert max(by.weigh([passage.text for passage in passages])) <= 128


def test_what_is_plainly_too_long_is_never_counted_in_one_go() -> None:
    asked: list[str] = []

    def count(batch: Sequence[str]) -> list[int]:
        asked.extend(batch)
        return [1 for _ in batch]

    split(made("harbour " * 50_000), Splitting(count, 200, 128))
    assert max(map(len, asked)) <= 32 * 200


def test_a_word_of_any_length_is_not_one_word_piece() -> None:
    found = texts(made("x" * 10_000), rule(COUNTS["words"], 20, 12))
    assert len(found) > 1
    assert max(map(len, found)) <= 32 * 20


def test_each_paragraph_is_a_passage() -> None:
    item = article("talks", ["The envoys met in the old harbour.", "Nothing was agreed after two days."])
    assert texts(item, rule(COUNTS["words"])) == item.text.split("\n\n")


def test_a_long_paragraph_is_split_at_sentence_ends_into_pieces_of_like_length() -> None:
    sentence = "The two envoys met again today."
    found = texts(article("talks", " ".join([sentence] * 4)), rule(COUNTS["words"], 20, 20))
    assert found == [f"{sentence} {sentence}"] * 2


def test_a_sentence_that_no_longer_fits_begins_the_next_piece() -> None:
    sentences = ["They met in May.", "They met in June.", "Then they did not meet for years.", "W" + "w " * 8 + "w."]
    found = texts(article("talks", " ".join(sentences)), rule(COUNTS["words"], 16, 12))
    assert found == [" ".join(sentences[:2]), *sentences[2:]]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    words = [f"word{number:02}" for number in range(40)]
    found = texts(article("talks", " ".join(words)), rule(COUNTS["words"], 16, 10))
    assert [word for part in found for word in part.split(" ")] == words


def test_the_order_of_paragraphs_decides_the_numbers() -> None:
    item = article("talks", ["The envoys met in the old harbour.", "AFP", "Nothing was agreed after two days."])
    assert [passage.id for passage in split(item, rule(COUNTS["words"]))] == ["talks:0", "talks:1"]


@pytest.mark.parametrize(
    "crumb",
    [
        "By Jane Doe",
        "Photo: AFP",
        "AFP",
        "* * *",
        "(Reporting by Ana Ruiz and Tom Okafor; editing by Li Na)",
        "Additional reporting by Tom Okafor in Port Haven",
        "Editing by Li Na, Ana Ruiz and the foreign desk",
        "With reporting by the news agencies of three countries",
        "Photograph: Harbour Press Agency / Ana Ruiz for the Post",
        "File photo: the two envoys at the harbour in May 2012",
        "Image: Ministry of Foreign Affairs of the Islands",
        "東京",
    ],
)
def test_bylines_and_credits_are_no_passages(crumb: str) -> None:
    said = "The two envoys met in the old harbour and agreed on nothing."
    assert texts(article("talks", [crumb, said, crumb]), rule(COUNTS["words"])) == [said]


@pytest.mark.parametrize(
    "paragraph",
    [
        "Reporting to parliament, the minister said that nothing had been agreed.",
        "Photographs of the harbour showed two grey ships at anchor.",
        "Writing in the Post, the envoy called the treaty dead.",
        "By Friday the two envoys had left.",
        "外交部長抵達首都。",
        "Reporting by the embassy shows that " + "the talks went on and on, " * 15 + "without an end.",
    ],
)
def test_a_sentence_that_says_something_is_a_passage(paragraph: str) -> None:
    assert not is_crumb(paragraph)


def test_an_article_of_crumbs_alone_still_has_passages() -> None:
    assert texts(article("stub", ["By Jane Doe", "Photo: AFP"]), rule(COUNTS["words"])) == ["By Jane Doe", "Photo: AFP"]


def test_the_limits_leave_room_for_date_and_title_within_what_the_model_reads() -> None:
    by = Splitting.for_model(FakeEncoder().count_tokens, 128)
    assert by.longest == 128 - HEAD_TOKENS == by.piece


def test_a_model_that_reads_more_gets_paragraphs_no_longer() -> None:
    by = Splitting.for_model(FakeEncoder().count_tokens, 8192)
    assert (by.longest, by.piece) == (LONGEST, PIECE)


def test_a_model_that_reads_hardly_anything_still_gets_something() -> None:
    assert Splitting.for_model(FakeEncoder().count_tokens, 32).longest == 16


def test_the_name_of_the_rule_tells_its_limits_apart() -> None:
    assert rule(len, 200, 128).name == "date-title-paragraph-sentences/2 longest=200 piece=128"
    assert len({rule(len, 200, 128).name, rule(len, 72, 72).name, rule(len, 200, 100).name}) == 3


def test_a_passage_is_embedded_after_its_date_and_title() -> None:
    meta = article("talks", title="Talks fail", published="2012-05-23T19:43Z").meta
    assert embedded_text(meta, "They left.") == "2012-05-23. Talks fail. They left."


@pytest.mark.parametrize("iso", ["2012", "2012-05", "2012-05-23"])
def test_a_date_is_embedded_as_precisely_as_it_is_known(iso: str) -> None:
    meta = article("talks", title="Talks fail", published=PartialDate(iso)).meta
    assert embedded_text(meta, "They left.") == f"{iso}. Talks fail. They left."


def test_without_a_date_none_is_embedded() -> None:
    assert embedded_text(article("talks", title="Talks fail").meta, "They left.") == "Talks fail. They left."


def test_a_title_that_ends_with_a_full_stop_gets_no_second_one() -> None:
    assert embedded_text(article("talks", title="Talks fail.").meta, "They left.") == "Talks fail. They left."


@pytest.mark.parametrize(
    "prose",
    [
        "Reporting by independent observers in Dravia suggests that troops crossed the border on Friday.",
        "Writing by hand, the president set out his terms for a truce. Nobody replied.",
    ],
)
def test_prose_that_begins_like_a_credit_is_a_passage(prose: str) -> None:
    assert not is_crumb(prose)


def test_a_long_title_does_not_push_out_the_end_of_a_passage() -> None:
    rule = Splitting.for_model(lambda texts: [len(text.split()) for text in texts], 256)
    meta = article("a", title="word " * 300, published="2012-05-23").meta
    [text] = embedded_texts(meta, ["They left."], rule)
    assert text.startswith("2012-05-23. word word")
    assert text.endswith("word. They left.")
    assert len(text.split()) <= HEAD_TOKENS


def test_a_title_that_fits_is_embedded_whole() -> None:
    rule = Splitting.for_model(lambda texts: [len(text.split()) for text in texts], 256)
    meta = article("a", title="Talks fail").meta
    assert embedded_texts(meta, ["They left.", "All of them."], rule) == [
        "Talks fail. They left.",
        "Talks fail. All of them.",
    ]
