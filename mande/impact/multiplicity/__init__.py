"""Corrections for several outcomes, one file each; a file is found when it defines `ADJUSTMENT`."""
