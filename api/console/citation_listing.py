"""What the command line shows of citations: one to be copied, and what has become of those that were kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.text import Text

from api.citing.verification import Status, Verdict
from api.console.listing import indented
from api.console.reports import counted, out, say
from indexer.clean import one_line
from indexer.types import Citation

_COLOURS: Mapping[Status, str] = {"stands": "green", "changed": "yellow", "gone": "red", "mismatch": "red"}
_WIDTH = max(map(len, _COLOURS))


def show_citation(citation: Citation) -> None:
    """Quote, reference, and the link where there is one."""
    out.print(Text(f"“{citation.quote}”"), soft_wrap=not out.is_terminal)
    out.print(Text(citation.text), soft_wrap=not out.is_terminal)
    if citation.url:
        out.print(Text(citation.url, style="cyan"), soft_wrap=True)


def show_verdicts(verdicts: Sequence[Verdict]) -> None:
    """A line for each: status, article and version, and a sentence; how many stand goes to standard error."""
    for verdict in verdicts:
        place = f"{one_line(verdict.citation.article_id)} version {verdict.citation.version}"
        status = (f"{verdict.status:<{_WIDTH}}", "red" if _is_retracted(verdict) else _COLOURS[verdict.status])
        out.print(Text.assemble(status, f"  {place}: {one_line(verdict.detail)}"), soft_wrap=not out.is_terminal)
        if verdict.nearest is not None:
            indented(Text(f"now: {verdict.nearest}", style="dim"))
    count = Counter(verdict.status for verdict in verdicts)
    others = "".join(f", {count[status]:,} {status}" for status in _COLOURS if status != "stands" and count[status])
    retracted = sum(map(_is_retracted, verdicts))
    warned = f"; {retracted:,} of an article that its publisher has retracted" if retracted else ""
    say(f"{count['stands']:,} of {counted(len(verdicts), 'citation')} {_verb(count['stands'])}{others}{warned}")


def _is_retracted(verdict: Verdict) -> bool:
    return verdict.notice is not None and verdict.notice.kind == "retraction"


def _verb(count: int) -> str:
    return "stands" if count == 1 else "stand"
