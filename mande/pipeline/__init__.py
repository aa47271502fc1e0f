"""The verbs as straight-line functions; the command line and notebooks call these and nothing below.

`runs` is light (definitions and manifests only), so that asking whether a report is current does not
load the statistics.
"""
