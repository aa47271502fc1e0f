"""One file for each server whose exports are known."""
