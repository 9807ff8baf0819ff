"""Ask an index: ``open_index(folder).search("Who visited Pyongyang?")`` gives ranked, cited passages."""

from api.search import Answer, Searcher, open_index

__all__ = ["Answer", "Searcher", "open_index"]
