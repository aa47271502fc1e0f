"""One section per file: `render(release)` returns `Blocks`. Notebooks show them by file name."""
