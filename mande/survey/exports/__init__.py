"""Exports of data collection servers: what they add to the answers, taken off or used.

`platforms/` has one file for each server's habits. `tidy` leaves out rejected submissions and tells the
server's own columns from answers, `repeats` gives repeated groups a table of their own, `multiples`
joins the columns of one question with several answers.
"""
