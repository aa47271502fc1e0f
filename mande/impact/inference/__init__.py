"""Kinds of standard error, one file each; a file is found when it defines `INFERENCE`."""
