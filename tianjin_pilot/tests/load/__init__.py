"""The product under load: who asks it, what they were told, and whether that is so afterwards.

programs: other systems, which use the API. laying_out, browsers -> people: what a due date's last
hour starts from, and who works in it. told -> lost: what was acknowledged, and what of it is not
there. figures, processors -> run: what it took; `make load`.
"""
