"""One idea per file of how a publisher's table is brought into our form; packages/shape.py is the main path."""
