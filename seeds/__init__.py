"""The starter corpus: briefs written for Dragoman, judged questions over them, and feeds to start an index from."""
