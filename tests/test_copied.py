"""What read_copied takes from a copied page. The pages are invented, in the furniture of many kinds of site."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.clean import normalise, split_paragraphs
from indexer.extraction.copied import CopiedPage, read_copied

SEEDS = Path(__file__).resolve().parents[2] / "shared" / "seeds"

LEAD = "The foreign ministers of Norland and Sudria agreed on Monday to open the crossing at Vell after two years."
MORE = "Officials on both sides said that the first lorries would pass on 3 June, under the eyes of neutral observers."
LAST = "Neither government would say what had become of the four engineers who were arrested in March."
PROSE = (LEAD, MORE, LAST)
TITLE = "Norland and Sudria to reopen their border"
QUOTED = (
    "By continuing to use chemical weapons, the Assad government has crossed a line, the White House said on Friday.",
    "Video, released by the defence ministry on Friday, shows the missile leaving its launcher.",
    "Get our hostages home, families told the prime minister at a briefing on Monday.",
    "Join us or perish, the commander told fighters in a message on a Telegram channel.",
)
"""Real sentences that begin as notices and credits do."""


def read(text: str) -> CopiedPage:
    return read_copied(normalise(text))


def page_of(*blocks: str) -> str:
    return "\n\n".join(blocks)


def seed(name: str) -> CopiedPage:
    path = SEEDS / name
    if not path.exists():
        pytest.skip(f"the shared material is not here: {path}")
    return read(path.read_text(encoding="utf-8"))


def facts(page: CopiedPage) -> tuple[object, ...]:
    return (page.title, page.authors, page.publisher, str(page.published), str(page.updated))


def test_the_first_real_page() -> None:
    page = seed("000_5e3d3f0f4b6edbf6.txt")
    title = (
        "Strengthening US-Japan Cooperation to Counter North Korea and China, "
        "Is South Korea Losing Ground on Korean Peninsula Issues?"
    )
    assert facts(page) == (title, ("Yoo In-ho",), "The Asia Business Daily", "None", "None")
    assert len(page.paragraphs) == 11
    assert page.paragraphs[0].startswith("As the United States and Japan strengthen")
    assert page.paragraphs[-1].startswith("A diplomatic expert said")


def test_the_second_real_page() -> None:
    page = seed("004_f5aa29004a3adc0e.txt")
    title = "Upcoming trilateral meeting captures attention amid U.S.-Japan coalition vs. China-N. Korea partnership"
    assert facts(page) == (title, (), None, "2024-04-12T07:53", "2024-04-12T07:53")
    assert len(page.paragraphs) == 4


def test_a_bracket_that_speaks_of_a_reporter_stays() -> None:
    spoken = f"[A Reuters reporter asked him about sanctions] {MORE}"
    page = read(page_of("Skip to content", TITLE, spoken, LAST))
    assert (page.authors, page.paragraphs) == ((), (spoken, LAST))


@pytest.mark.parametrize("role", ["Reporter", "reporter", "CORRESPONDENT"])
def test_the_reporter_in_brackets_is_the_author(role: str) -> None:
    page = read(page_of("Skip to content", "World", TITLE, "Share", f"[Herald {role} Maren Holt] {LEAD}", MORE))
    assert (page.authors, page.paragraphs) == (("Maren Holt",), (LEAD, MORE))


def test_a_reporter_who_is_named_further_down_is_no_author() -> None:
    named = f"[Herald reporter Maren Holt was there] {LAST}"
    page = read(page_of("Skip to content", TITLE, LEAD, MORE, LAST, named))
    assert (page.authors, page.paragraphs) == ((), (*PROSE, named))


def test_a_reporter_on_a_line_alone_leaves_no_empty_paragraph() -> None:
    page = read(page_of("Skip to content", TITLE, "[Herald Reporter Maren Holt]", LEAD, MORE))
    assert (page.authors, page.paragraphs) == (("Maren Holt",), (LEAD, MORE))


def test_clean_prose_with_a_title_line_comes_through_unharmed() -> None:
    page = read(page_of(TITLE, *PROSE))
    assert (page.title, page.paragraphs) == (TITLE, PROSE)


def test_clean_prose_without_a_title_is_named_by_its_first_sentence() -> None:
    page = read("\n\n".join(PROSE))
    assert (page.title, page.paragraphs) == (LEAD, PROSE)


def test_a_made_title_is_cut_at_a_word() -> None:
    sentence = "The committee " + "considered and " * 20 + "rose."
    title = read(f"{sentence}\n\n{LEAD}").title
    assert title is not None
    assert len(title) <= 120
    assert title.endswith(("considered…", "and…"))


def test_wrapped_prose_below_a_title_is_unwrapped() -> None:
    wrapped = LEAD.replace(" agreed", "\nagreed").replace(" crossing", "\ncrossing").replace(" after", "\nafter")
    assert read(f"{TITLE}\n\n{wrapped}\n\n{MORE}").paragraphs == (LEAD, MORE)


@pytest.mark.parametrize(
    "sentence",
    [
        "Close allies of the president said on Sunday that they knew nothing of it.",
        "Updated guidance for travellers to Norland was issued by the ministry on 12 April 2024.",
        "Published accounts of the talks of May 2019 differ on who spoke first.",
        "The treaty's chapter on copyright was the hardest, and all rights reserved to the islands stay with them.",
        "Copyright law was at the centre of the talks.",
        "Top officials met.",
        "Share prices fell in both capitals after the news.",
        "By Monday the crossing had been closed again.",
        "By continuing to buy their gas the islands pay for the war, he said.",
        "Americans are divided, a new Reuters/Ipsos poll has found.",
        "Related talks on fishing rights go on in Vell.",
        "Sign up or stay out, the commissioner told the candidates.",
        "He showed a file photo of the bridge to the council.",
        "April 12, 2024 was the day on which the last lorry crossed.",
        "Skip to the end of the report.",
        "The vote was lost by the conservatives (CDU/CSU).",
        "The minister denied it (Reuters had reported it first).",
        *QUOTED,
    ],
)
def test_a_sentence_that_looks_like_furniture_stays(sentence: str) -> None:
    page = read(page_of("Skip to content", TITLE, "Share", LEAD, sentence, MORE))
    assert page.paragraphs == (LEAD, sentence, MORE)


@pytest.mark.parametrize("sentence", QUOTED)
def test_a_last_sentence_that_looks_like_furniture_stays(sentence: str) -> None:
    page = read(page_of("Skip to content", TITLE, "Share", LEAD, MORE, sentence, "Share", "Close"))
    assert page.paragraphs[:3] == (LEAD, MORE, sentence)


def test_a_statement_between_prose_stays_though_it_begins_as_a_credit() -> None:
    sentence = "Picture: a city without power, the mayor said, and no one to ask when it will come back."
    page = read(page_of("Skip to content", TITLE, "Share", LEAD, "Advertisement", sentence, "Advertisement", MORE))
    assert page.paragraphs == (LEAD, sentence, MORE)


@pytest.mark.parametrize(
    "line",
    [
        "Image caption, The crossing at Vell, which has been shut since the shooting of 2022, on Thursday evening.",
        "Lorries wait in a long line at the crossing at Vell in Norland on Thursday evening. [Photo by A. Vries.]",
        "Photo by Piet Vries",
        "Photo: Piet Vries",
        "Image source, Getty Images",
    ],
)
def test_a_caption_between_prose_goes(line: str) -> None:
    assert read(page_of(TITLE, LEAD, line, MORE)).paragraphs == (LEAD, MORE)


@pytest.mark.parametrize(
    "line",
    [
        "Close",
        "Text Size",
        "Facebook Twitter WhatsApp",
        "Advertisement",
        "5 min read",
        "We use cookies to improve it",
        "By continuing to browse you agree to our use of cookies",
        "By continuing to use our website",
        "Get the day's news in your inbox",
        "Get our breaking news alerts",
        "Subscribe to our YouTube channel",
    ],
)
def test_a_button_or_notice_goes(line: str) -> None:
    assert read(page_of(TITLE, LEAD, line, MORE)).paragraphs == (LEAD, MORE)


def test_a_doubled_headline_is_one_title() -> None:
    page = read(page_of("Foreign affairs and defence", TITLE, TITLE, "Share", LEAD, MORE))
    assert (page.title, page.paragraphs) == (TITLE, (LEAD, MORE))


def test_a_headline_repeated_as_a_caption_goes() -> None:
    page = read(page_of(TITLE, LEAD, f"{TITLE} [Image source=Agency]", f"{TITLE} / Agency", MORE))
    assert page.paragraphs == (LEAD, MORE)


def test_a_teaser_below_the_most_read_goes() -> None:
    page = read(page_of(TITLE, LEAD, MORE, "Most read", f"{LAST} {LEAD}", "Sudria recalls its ambassador"))
    assert page.paragraphs == (LEAD, MORE)


@pytest.mark.parametrize("heading", ["Related", "Topics", "Keywords"])
def test_a_section_of_the_article_with_an_ambiguous_heading_stays(heading: str) -> None:
    assert read(page_of(TITLE, "Share", LEAD, heading, MORE)).paragraphs == (LEAD, heading, MORE)
    assert read(page_of(TITLE, "Share", LEAD, MORE, heading, "Norland", "Sudria")).paragraphs == (LEAD, MORE)


def test_short_sentences_after_an_inset_stay() -> None:
    long = f"{LEAD} {MORE}"
    page = read(
        page_of(TITLE, long, "Related stories", "Sudria recalls its ambassador", "It was over.", long, f"{long} So.")
    )
    assert page.paragraphs == (long, "It was over.", long, f"{long} So.")


def test_a_stamp_without_a_year_is_no_date() -> None:
    page = read(f"{TITLE}\nUpdated April 12\nPosted 3 hours ago\n\n{LEAD}\n\n{MORE}")
    assert (page.published, page.updated, page.paragraphs) == (None, None, (LEAD, MORE))


def test_a_day_that_does_not_exist_is_no_date() -> None:
    assert read(f"{TITLE}\nPosted 31 February 2024\n\n{LEAD}\n\n{MORE}").published is None


def test_a_month_stays_a_month() -> None:
    assert str(read(f"{TITLE}\nApril 2024\n\n{LEAD}\n\n{MORE}").published) == "2024-04"


def test_a_date_that_heads_a_chronology_is_not_the_publication() -> None:
    page = read(page_of(TITLE, LEAD, "12 April 2019", MORE, "3 June 2020", LAST))
    assert page.published is None
    assert page.paragraphs == (LEAD, "12 April 2019", MORE, "3 June 2020", LAST)


def test_nothing_but_furniture_leaves_no_paragraph() -> None:
    assert read("Skip to content\nHome\nWorld\nShare\nClose\n© 2024 Someone. All rights reserved.").paragraphs == ()


def test_nothing_at_all() -> None:
    assert read(" \n\n") == CopiedPage(None, (), None, None, None, ())


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=60),
            st.sampled_from([TITLE, *PROSE, "Share", "Posted April 12, 2024 07:53", "By Jo Doe", "", "© 2024 A. Doe"]),
        ),
        max_size=12,
    )
)
def test_any_text_gives_clean_paragraphs(lines: list[str]) -> None:
    page = read("\n".join(lines))
    assert list(page.paragraphs) == split_paragraphs("\n\n".join(page.paragraphs))
    assert page.title is None or page.title.strip()


def test_a_bar_of_links_and_a_label_are_no_title() -> None:
    page = read_copied(
        "The Harbour Gazette\nHome | World | Politics | Subscribe\nSkip to content\nBREAKING NEWS\n\n"
        "Grain corridor talks collapse in Port Alba\n\n"
        "Delegates left Port Alba on Friday after the talks on the grain corridor had collapsed.\n\n"
        "Read more: What is the Velm corridor?\n\n"
        "The two sides said that they would meet again within ten days, but named no place for it.\n"
    )
    assert page.title == "Grain corridor talks collapse in Port Alba"
    assert [paragraph[:9] for paragraph in page.paragraphs] == ["Delegates", "The two s"]
