"""The second factor (双因素): an authenticator app's codes beside the password, and recovery codes.

secrets -> keeping -> steps -> pages: what is random and how it is written; who has a factor and who
must; signing in, which ends only after the second step; what people see of it.
"""
