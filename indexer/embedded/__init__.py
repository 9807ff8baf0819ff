"""The engine that needs no server: a library in SQLite and generations of FAISS and tantivy indexes in one folder."""
