"""Checks of what an effect rests on, one file each; every check returns a `Finding`."""
