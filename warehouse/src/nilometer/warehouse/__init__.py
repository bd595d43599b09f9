"""What lasts: a DuckLake of open Parquet files with a SQL catalog, the writer and loader, and the analysts' views."""
