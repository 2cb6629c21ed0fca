"""How gunicorn serves the product: `gunicorn --config python:tianjin_pilot.serving`.

It reads WEB_CONCURRENCY (processes) and `--bind` as always; what stands here are the limits on what
a request may be, and a log that holds nothing of what was sent.
"""

from tianjin_pilot.environment import flag
from tianjin_pilot.logs import logging_for

DEBUG = flag("DEBUG", default=False)

wsgi_app = "tianjin_pilot.wsgi:application"
worker_class = "gthread"
threads = 8
# In seconds. A process that does not answer for so long is ended; one that is told to end may
# finish what it is about; a connection without a request is closed.
timeout = 60
graceful_timeout = 30
keepalive = 5
# An address with 131 ticked tasks and all filters is half as long.
limit_request_line = 4094
limit_request_fields = 60
# In bytes: the cookies of this product are a tenth of it.
limit_request_field_size = 8190
# No line for each request: the product writes its own, without what stands after the address.
accesslog = None
logconfig_dict = logging_for(debug=DEBUG) | {
    # gunicorn wants these two to be there.
    "loggers": {
        "gunicorn.error": {"level": "WARNING" if DEBUG else "INFO", "propagate": True},
        "gunicorn.access": {"level": "WARNING", "propagate": True},
    }
}
