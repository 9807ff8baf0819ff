"""Passages to vectors: what is known is not computed, and nothing gets the vectors of another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.passages import Splitting, embedded_texts, split
from indexer.pipeline.encoding import Text, encoded, in_text
from indexer.pooling import Encoded
from tests.fakes import FakeEncoder, article

TEXTS = [
    Text("Envoys met.", ((0, 11),)),
    Text("Envoys met. They left.", ((0, 11), (12, 22))),
    Text("Envoys met. They left.", ((0, 22),)),
    Text("Nothing", ()),
    Text("They left.", ((0, 10),)),
]


def computed(texts: Sequence[Text]) -> Encoded:
    """The vectors that a model gives."""
    assert texts, "a model is not asked for nothing"
    return FakeEncoder().encode_with_sentences([one.text for one in texts], [one.sentences for one in texts])


@given(st.lists(st.sampled_from(TEXTS), min_size=1), st.sets(st.sampled_from(TEXTS)))
@hypothesis_settings(deadline=None)
def test_vectors_are_the_same_whatever_is_known(wanted: list[Text], known: set[Text]) -> None:
    asked: list[Text] = []

    def compute(texts: Sequence[Text]) -> Encoded:
        asked.extend(texts)
        return computed(texts)

    found = encoded(wanted, {text: computed([text]) for text in known}, compute)
    for own, expected in zip(found, computed(wanted), strict=True):
        np.testing.assert_array_equal(own, expected)
    assert asked == [text for text in wanted if text not in known]


@given(
    st.lists(st.text("aB.é漢🕊 ", min_size=1, max_size=40), min_size=1, max_size=4),
    st.text("aB.é漢 ", max_size=300),
    st.sampled_from([None, "2012", "2012-05-23"]),
)
@hypothesis_settings(deadline=None, max_examples=100)
def test_sentences_are_the_same_in_what_is_encoded_as_in_the_article(
    paragraphs: list[str], title: str, published: str | None
) -> None:
    item = article("a", [f"Envoys {paragraph}met." for paragraph in paragraphs], f"T{title}", published=published)
    rule = Splitting.for_model(FakeEncoder().count_tokens, 64)
    parts = split(item, rule)
    for part, text in zip(parts, embedded_texts(item.meta, [part.text for part in parts], rule), strict=True):
        expected = [item.text[start:end] for start, end in part.sentences]
        assert [text[start:end] for start, end in in_text(part, text)] == expected != []
