"""What the benchmark of the indicator library stands on: a generated survey, and formulas by hand."""
