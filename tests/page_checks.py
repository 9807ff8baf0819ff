"""What can be measured on a page in a browser: how accessible it is, how heavy, whether it jumps or sticks out."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""The rules of axe-core that a page must keep: WCAG 2.2 at level AA, and what its authors recommend beyond that."""

LIGHTEST = 60 * 1024
"""Bytes that the first page may weigh in all."""

_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

_RUN_AXE = """async tags => {
    const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"]});
    return found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id} (${node.impact}) at ${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`));
}"""

_TRANSFERRED = """() => ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
    .map(entry => [new URL(entry.name).pathname, entry.transferSize])"""

_SHIFTS = """() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
    }).observe({type: "layout-shift", buffered: true});
    requestAnimationFrame(() => setTimeout(() => done(sum), 50));
})"""

_STICKING_OUT = """() => document.scrollingElement.scrollWidth <= innerWidth ? [] :
    [...document.body.querySelectorAll("*")].filter(one => one.getBoundingClientRect().right > innerWidth + 0.5)
        .map(one => `${one.tagName.toLowerCase()}.${one.className} ends at ${one.getBoundingClientRect().right}`)
        .concat(`the page is ${document.scrollingElement.scrollWidth} wide in a window of ${innerWidth}`)"""


def violations(page: Page) -> list[str]:
    """What axe-core objects to, a line for each element: rule, severity, where, and what to mend."""
    _let_scripts_run(page)
    page.evaluate(_AXE)
    found: list[str] = page.evaluate(_RUN_AXE, list(TAGS))
    return found


def weight(page: Page) -> int:
    """Bytes of the page and of all that it has loaded so far, compressed as they came, with 300 each for the headers.

    https://www.w3.org/TR/resource-timing/#dom-performanceresourcetiming-transfersize: what came from a cache is 0.
    """
    return sum(size for _, size in weights(page))


def weights(page: Page) -> list[tuple[str, int]]:
    """The same by path, in the order of loading."""
    return [(path, size) for path, size in page.evaluate(_TRANSFERRED)]


def layout_shift(page: Page) -> float:
    """How much has jumped so far without the reader's doing; 0 is nothing, 0.1 is felt (https://web.dev/cls)."""
    _let_scripts_run(page)
    found: float = page.evaluate(_SHIFTS)
    return found


def sticking_out(page: Page) -> list[str]:
    """What makes a page scroll sideways, a line for each element; empty where it does not."""
    found: list[str] = page.evaluate(_STICKING_OUT)
    return found


def flaws(page: Page) -> list[str]:
    """Everything at once that every page must be without, in words."""
    shift = layout_shift(page)
    jumps = [f"the layout shifts by {shift:.4f}"] if shift else []
    return [*sticking_out(page), *jumps, *violations(page)]


def _let_scripts_run(page: Page) -> None:
    """The measuring itself waits for timers, which stand still in a page without scripts. The page's own stay unread:
    they were passed over when it was parsed.
    """
    session = page.context.new_cdp_session(page)
    for disabled in (True, False):  # a session can only take back what it has set itself
        session.send("Emulation.setScriptExecutionDisabled", {"value": disabled})
    session.detach()
