"""Pages as they are copied from sites of many kinds: what each says comes out, its furniture does not."""

from __future__ import annotations

from tests.test_copied import LAST, LEAD, MORE, PROSE, TITLE, facts, read


def test_a_broadcaster_with_a_role_below_the_byline_and_captions() -> None:
    page = read(f"""Skip to content
British Isles Broadcasting
Home
News
World
{TITLE}

Published
12 April 2024

Share
Save
By Maren Holt and Piet de Vries
Diplomatic correspondent

Image source, Getty Images
Image caption, The crossing at Vell has been shut since 2022

{LEAD}

{MORE}

Media caption, Watch: What the crossing means
{LAST}

Related Topics
Norland
Sudria
More on this story
Sudria recalls its ambassador
Published
3 March
© 2024 British Isles Broadcasting. It is not responsible for the content of external sites.""")
    assert facts(page) == (
        TITLE,
        ("Maren Holt", "Piet de Vries"),
        "British Isles Broadcasting",
        "2024-04-12",
        "None",
    )
    assert tuple(p for p in page.paragraphs if "Media caption" not in p) == PROSE


def test_an_agency_with_its_time_glued_to_the_date() -> None:
    page = read(f"""World
Europe
{TITLE}
By Maren Holt
April 12, 20247:53 PM GMT+1Updated 2 hours ago

[1/3]Lorries wait at Vell, April 11, 2024. REUTERS/Piet Vries

VELL, April 12 (Reuters) - {LEAD}

{MORE}

{LAST}

Reporting by Maren Holt; Editing by Ana Ruiz

Our Standards: The Thomson Reuters Trust Principles.
Read Next
Sudria's bonds rise on border news""")
    assert facts(page) == (TITLE, ("Maren Holt",), None, "2024-04-12T19:53+01:00", "None")
    assert page.paragraphs == (
        f"VELL, April 12 (Reuters) - {LEAD}",
        MORE,
        LAST,
        "Reporting by Maren Holt; Editing by Ana Ruiz",
    )


def test_a_korean_agency_with_the_time_before_the_date() -> None:
    page = read(f"""메뉴 바로가기
(LEAD) {TITLE}
All News 17:09 April 12, 2024

Share
Like
Copy link

(ATTN: UPDATES with remarks in last 3 paras)
By Kim Areum

VELL, April 12 (Yonhap) -- {LEAD}

{MORE}

This file photo, taken Feb. 2, 2024, shows the crossing at Vell. (Yonhap)

{LAST}

areum@yna.example
(END)

Keywords
#Norland #Sudria
Most Viewed
Sudria recalls its ambassador over the engineers""")
    assert facts(page) == (f"(LEAD) {TITLE}", ("Kim Areum",), None, "2024-04-12T17:09", "None")
    assert page.paragraphs[0] == f"VELL, April 12 (Yonhap) -- {LEAD}"
    assert [p for p in page.paragraphs if p in PROSE] == [MORE, LAST]
    assert not any("file photo" in p or "Keywords" in p or "recalls" in p for p in page.paragraphs)


def test_a_channel_with_an_inset_of_other_stories_in_the_middle() -> None:
    long = f"{LEAD} {MORE}"
    page = read(f"""Skip links
Skip to Content
News|Border disputes
{TITLE}
Two years after the shooting at Vell, both governments want the trade back and will let observers in.

By Maren Holt
Published On 12 Apr 2024
12 Apr 2024

{long}

Recommended Stories
list of 3 items
Sudria recalls its ambassador
What happened to the engineers at Vell?
end of list
{long} Again.

{LAST} {MORE}

Source: News agencies""")
    assert facts(page)[:4] == (TITLE, ("Maren Holt",), None, "2024-04-12")
    assert page.paragraphs[:4] == (
        "Two years after the shooting at Vell, both governments want the trade back and will let observers in.",
        long,
        f"{long} Again.",
        f"{LAST} {MORE}",
    )


def test_a_ministry_press_release() -> None:
    page = read(f"""Jump to navigation
Ministry of Foreign Affairs of Norland
Press release
{TITLE}
Date: 12 April 2024

{LEAD}

{MORE}

{LAST}

Print
Share on Facebook
Copyright © 2024 Ministry of Foreign Affairs of Norland. All rights reserved.
Privacy policy
Site map""")
    assert facts(page)[1:] == ((), "Ministry of Foreign Affairs of Norland", "2024-04-12", "None")
    assert page.paragraphs == PROSE


def test_a_newspaper_with_a_standfirst_and_authors_in_places() -> None:
    standfirst = "Agreement comes two years after shooting that closed the main road between the neighbours"
    page = read(f"""Skip to main content
{TITLE}

{standfirst}

Maren Holt in Vell and Piet Vries
Fri 12 Apr 2024 07.53 BST
Last modified on Fri 12 Apr 2024 11.05 BST
Share

{LEAD}

Sign up to First Edition, our free daily newsletter

{MORE}

{LAST}

© 2024 Isles News & Media Limited or its affiliated companies. All rights reserved. (dcr)""")
    assert facts(page) == (
        TITLE,
        ("Maren Holt", "Piet Vries"),
        "Isles News & Media Limited",
        "2024-04-12T07:53",
        "2024-04-12T11:05",
    )
    assert page.paragraphs[-3:] == PROSE
    assert page.paragraphs[0] == standfirst


def test_a_state_agency_with_source_and_editor_lines() -> None:
    page = read(f"""{TITLE}
Source: Norland News Agency
Editor: huaxia
2024-04-12 07:53:15

{LEAD}

A lorry waits at Vell in Norland, April 11, 2024. (Norland News Agency/Li Wen)

{MORE}

{LAST}

Comments (3)
Share to Facebook""")
    assert facts(page)[:4] == (TITLE, (), None, "2024-04-12T07:53")
    assert [p for p in page.paragraphs if p in PROSE] == list(PROSE)
    assert not any("Li Wen" in p or "huaxia" in p or "Share" in p for p in page.paragraphs)


def test_a_paper_whose_stamp_holds_both_dates_in_one_line() -> None:
    page = read(f"""{TITLE}
Norland has given way on the observers, at least on paper, and Sudria on the tolls it had asked for.
By Maren Holt (Vell, special correspondent)
Published on April 12, 2024, at 7:53 pm (Vell), updated on April 13, 2024, at 9:00 am
3 min read

{LEAD}

{MORE}

{LAST}

Maren Holt
Translation of an original article published in Norlandish; the publisher may only be liable for that version.
Comments (2)""")
    assert facts(page) == (TITLE, ("Maren Holt",), None, "2024-04-12T19:53", "2024-04-13T09:00")
    assert [p for p in page.paragraphs if p in PROSE] == list(PROSE)


def test_a_wire_page_with_a_photo_credit_and_the_time_before_the_date() -> None:
    page = read(f"""{TITLE}
1 of 3 | Lorries wait on the road to the crossing at Vell, Thursday, April 11, 2024. (AP Photo/Piet Vries)
Read More
By MAREN HOLT
Updated 7:53 AM GMT, April 12, 2024
Share

VELL, Norland (AP) — {LEAD}

Advertisement

{MORE}

___

{LAST}

Most read
Sudria recalls its ambassador over the arrest of the engineers
Copyright 2024 The Wire of Norland. All Rights Reserved.""")
    assert facts(page) == (TITLE, ("MAREN HOLT",), "The Wire of Norland", "None", "2024-04-12T07:53Z")
    assert page.paragraphs[0] == f"VELL, Norland (AP) — {LEAD}"
    assert [p for p in page.paragraphs if p in PROSE] == [MORE, LAST]
    assert not any("AP Photo" in p or "recalls" in p for p in page.paragraphs)


def test_a_page_in_korean() -> None:
    first = "노르란드와 수드리아 외교장관은 2년 만에 벨 국경 검문소를 다시 열기로 월요일 합의했다."
    second = "양측 당국자들은 중립 감시단의 입회 아래 6월 3일 첫 화물차가 통과할 것이라고 밝혔다."
    page = read(f"""본문 바로가기
노르란드·수드리아 국경 검문소 다시 연다
입력 2024.04.12. 07:53 수정 2024.04.12. 09:10
[한빛신문 홍길동 기자] {first}

{second}

ⓒ 한빛신문. All rights reserved. 무단 전재 및 재배포 금지
많이 본 뉴스""")
    assert facts(page) == (
        "노르란드·수드리아 국경 검문소 다시 연다",
        ("홍길동",),
        "한빛신문",
        "2024-04-12T07:53",
        "2024-04-12T09:10",
    )
    assert page.paragraphs == (first, second)
