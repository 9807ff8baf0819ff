"""The server for assistants (Model Context Protocol), and how it is served over stdin and stdout.

Built on the library's lower layer, for three reasons: an error says what we say and no more; nothing is offered but
tools; and logging stays as the program has set it up. Loading the library takes half a second, so this module is
imported only where assistants are served.
"""

from __future__ import annotations

import signal
from contextlib import nullcontext
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams

from api.assistants.lookup import Admitted, Assistant
from api.assistants.mcp_tools import INSTRUCTIONS, offers
from api.search import Searcher
from api.serving.wording import shown

AssistantServer = Server[dict[str, Any]]


def make_server(
    searcher: Searcher, admitted: Admitted = nullcontext, *, base_url: str | None = None, pages: bool = True
) -> AssistantServer:
    """The server over a searcher. ``admitted`` is held while the model works; it may raise Busy.

    ``base_url`` is where this server is reached, if that is known; over HTTP it is by default the address of the
    request. ``pages`` is whether there are pages for people.
    """
    tools = {offer.name: offer for offer in offers(Assistant(searcher, admitted, pages=pages))}

    async def list_tools(_: object, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[offer.tool for offer in tools.values()])

    async def call_tool(context: Any, called: CallToolRequestParams) -> CallToolResult:
        offer = tools.get(called.name)
        if offer is None:
            raise MCPError(INVALID_PARAMS, f"there is no tool {shown(called.name)}: there are {' and '.join(tools)}")
        base = base_url or (str(context.request.base_url) if context.request is not None else None)
        address = base.rstrip("/") if base else None
        return await anyio.to_thread.run_sync(partial(offer.call, called.arguments or {}, address))

    return Server(
        "dragoman",
        version="1",
        title="Dragoman",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def run_stdio(searcher: Searcher, admitted: Admitted = nullcontext, *, base_url: str | None = None) -> None:
    """Serve one assistant over stdin and stdout until stdin ends. Only from the main thread.

    Nothing but the protocol reaches stdout: whatever else is printed meanwhile goes to stderr. An interrupt ends the
    process at once, since nothing else would wake the thread that waits for stdin.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        anyio.run(_serve_stdio, make_server(searcher, admitted, base_url=base_url))
    finally:
        signal.signal(signal.SIGINT, before)


async def _serve_stdio(server: AssistantServer) -> None:
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
