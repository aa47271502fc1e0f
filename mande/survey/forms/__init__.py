"""Questionnaires that programmes already have: read, compared between waves, matched to the library.

`xlsform` reads an XLSForm leniently, `suggest` finds the library's question for each of its questions,
`draft` writes the mapping, `compare` says what changed between the forms of two waves, and `snapshot`
keeps a form as a small YAML file.
"""
