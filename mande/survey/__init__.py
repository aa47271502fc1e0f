"""From an uploaded file to an accepted wave: read, conform, check, accept, link.

The steps are straight: `read` turns a file into text cells, `mapping` finds the questions in its
columns, `conform` gives the cells their types, `checks/` look for what is wrong, `validate` collects
every problem into one verdict, `accept` stores a valid wave for good, and `panel` links the waves.
"""
