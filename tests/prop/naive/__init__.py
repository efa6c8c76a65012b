"""An engine of plain loops, to hold the real one against: it knows the documents and none of the C code.

Lines are dicts, numbers are fractions, missing is None, and every kind of rule is judged by comparing all with all.
"""
