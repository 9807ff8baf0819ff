"""Readers: bytes come in from somewhere, RawDocuments and Failures go out. They understand nothing of the content."""
