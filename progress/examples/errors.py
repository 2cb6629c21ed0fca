import time

from pilot import Problem, call


def patiently(method, place, body=None):
    """The same as call, after waiting where it was one request too many."""
    while True:
        try:
            return call(method, place, body)
        except Problem as problem:
            if problem.status not in (429, 503):
                raise
            time.sleep(int(problem.headers["Retry-After"]))


try:
    patiently("GET", "tasks/?statsu=ongoing")
except Problem as problem:
    print(problem.status, problem.document["type"])
    for field, sentences in problem.document["errors"].items():
        print(field, *sentences)
