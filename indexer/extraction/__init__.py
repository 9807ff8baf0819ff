"""From a document of any kind to the parts of an article: text, title, dates, publisher, address, notices."""
