"""Crawls to documents: WARC and ARC, a record at a time."""
