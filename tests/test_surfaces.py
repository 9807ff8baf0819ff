"""Each address belongs to one part of the server."""

from __future__ import annotations

import pytest

from api.serving.surfaces import is_assistants, is_interface, is_page, local_path


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/search", "/mcp", "/mcp/", "/mcp/x"])
def test_what_programs_call_is_the_interface(path: str) -> None:
    assert is_interface(path)
    assert not is_page(path)
    assert is_assistants(path) == path.startswith("/mcp")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/openapi.json", "/problems/busy", "/problems"])
def test_upkeep_is_neither_interface_nor_page(path: str) -> None:
    assert not is_interface(path)
    assert not is_page(path)


@pytest.mark.parametrize("path", ["/", "/article/v1", "/v1x", "/v2/search", "/mcpx", "/livezz", "/article//v1/x", ""])
def test_everything_else_is_for_people(path: str) -> None:
    assert is_page(path)
    assert not is_interface(path)


@pytest.mark.parametrize(
    ("path", "root", "local"),
    [
        ("/v1/x", "", "/v1/x"),
        ("/n/v1/x", "/n", "/v1/x"),
        ("/n", "/n", ""),
        ("/nv1", "/n", "/nv1"),
        ("/v1", "/n", "/v1"),
    ],
)
def test_a_path_is_taken_below_where_the_application_is_mounted(path: str, root: str, local: str) -> None:
    assert local_path({"path": path, "root_path": root}) == local
