"""One figure per file: `draw(evaluation, **options)` returns a `Figure`, or None with nothing to draw."""
