"""The formats of released files: CSV and Parquet."""
