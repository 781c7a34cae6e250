"""Files, texts and bytes that somebody made to do harm."""
