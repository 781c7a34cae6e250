"""The steps that bring a publisher's table into the columns and form of its dataset; `shape` puts them together."""
