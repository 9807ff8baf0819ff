"""The description by which a browser adds this search to its own box (OpenSearch 1.1, draft 6)."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

MEDIA_TYPE = "application/opensearchdescription+xml"

_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
  <ShortName>Dragoman</ShortName>
  <Description>Foreign-policy news, by the paragraph: ask in plain words</Description>
  <InputEncoding>UTF-8</InputEncoding>
  <OutputEncoding>UTF-8</OutputEncoding>
  <Image width="16" height="16" type="image/svg+xml">{icon}</Image>
  <Url type="text/html" method="get" template={pages}/>
  <Url type="application/x-suggestions+json" method="get" template={suggestions}/>
  <Url type="application/opensearchdescription+xml" rel="self" template={itself}/>
</OpenSearchDescription>
"""


def description(base: str, icon: str) -> str:
    """The document for a server at ``base`` (absolute, without a slash at its end), whose icon is at a path.

    https://github.com/dewitt/opensearch: a ShortName has at most 16 characters, templates are absolute.
    """
    return _DOCUMENT.format(
        icon=escape(f"{base}{icon}"),
        pages=quoteattr(f"{base}/?q={{searchTerms}}"),
        suggestions=quoteattr(f"{base}/v1/suggest?q={{searchTerms}}"),
        itself=quoteattr(f"{base}/opensearch.xml"),
    )
