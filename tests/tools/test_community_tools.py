"""A tool of langchain-community works here, offline, against a local server that speaks its protocol."""

import json
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest


class Searx(BaseHTTPRequestHandler):
    """A SearxNG that knows two pages."""

    asked: ClassVar[list[dict[str, list[str]]]] = []

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        self.asked.append(query)
        hits = [
            {
                "title": f"Page {n} on {query['q'][0]}",
                "url": f"http://127.0.0.1/{n}",
                "content": f"text {n}",
                "engines": ["local"],
                "category": "general",
            }
            for n in (1, 2)
        ]
        body = json.dumps({"query": query["q"][0], "results": hits, "answers": [], "infoboxes": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def searx() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Searx)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_web_search_finds_pages_on_a_local_server(searx: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the package announces that it is being retired
        community = pytest.importorskip("langchain_community.tools", reason="needs the extra 'tools'")
        wrappers = pytest.importorskip("langchain_community.utilities.searx_search")
        tool = community.SearxSearchResults(wrapper=wrappers.SearxSearchWrapper(searx_host=searx), num_results=2)
        found = tool.invoke("socratic dialogue")
    assert Searx.asked[-1]["q"] == ["socratic dialogue"]
    assert Searx.asked[-1]["format"] == ["json"]
    assert "Page 1 on socratic dialogue" in found
    assert "http://127.0.0.1/2" in found
