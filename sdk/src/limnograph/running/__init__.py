"""
``python -m limnograph run app.py``: a program recorded without being touched.

Rule: the program sees what it would see when python itself ran it: arguments, path, ``__main__``,
exit codes, tracebacks. What cannot be instrumented is left alone, never the reason to fail.
"""
