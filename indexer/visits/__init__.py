"""Sources on the web to documents: which addresses are worth asking for now, and what their answers mean."""
