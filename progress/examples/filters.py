from urllib.parse import urlencode

from pilot import call

asked = {"chapter": 1, "ordering": "-number", "fields": "number,title,status,light"}
tasks, _ = call("GET", f"tasks/?{urlencode(asked)}")
for task in tasks["results"]:
    print(task["number"], task["light"], task["title"])
