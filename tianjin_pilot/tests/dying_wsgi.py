"""The product as gunicorn serves it, but that it dies of the first report that is saved.

It ends at the worst moment: what was sent is in the database, and no byte of the answer has left.
"""

import os
import signal
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tianjin_pilot.wsgi import application as product

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer as the product does, or, to a report that is saved, by the end of every process."""
    answer = product(environ, start_response)
    if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/edit/"):
        # The server and its workers are one session; nothing of it may live on and answer.
        os.killpg(os.getpgid(0), signal.SIGKILL)
    return answer
