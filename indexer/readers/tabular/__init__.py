"""Tables to documents: CSV and Parquet, a row at a time."""
