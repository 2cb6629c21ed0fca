from pilot import call

task, headers = call("GET", "tasks/4/")
again, _ = call("GET", "tasks/4/", If_None_Match=headers["ETag"])
print("unchanged" if again is None else "changed")
