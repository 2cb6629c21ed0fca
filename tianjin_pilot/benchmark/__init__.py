"""How fast the product is, beside what it is compared with: `manage.py benchmark`.

scales -> places -> filling: how much there is, databases of its own, and what stands in them.
rounds: acts timed in turns. budgets: what each number means and may be at most, as one table.
pages, figures, work, documents, starting: what is measured. run, printed: all of it, and its table.

It stands with the wiring, since it measures everything below. What it needs beside the product
(XlsxWriter's own cells, a naive recount) it has itself; it imports nothing of the tests.
"""
