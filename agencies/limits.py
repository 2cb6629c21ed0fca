"""What is asked too often: the exception that throttling raises, answered with HTTP 429."""

import datetime as dt


class TooManyRequests(Exception):  # noqa: N818 - named as HTTP names it
    """Somebody has asked too often; `wait` is how long until they may again."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__(f"to be asked again in {wait}")
        self.wait = wait
