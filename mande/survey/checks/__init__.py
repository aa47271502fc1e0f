"""One file for each survey check; every file with a function `check` runs on every upload."""
