"""The lists of tasks and of measures: narrowed, searched, sorted, with columns that people keep."""
