from pilot import call

overview, headers = call("GET", "overview/")
print(overview["tasks"], "tasks,", overview["measures"], "measures")
print("left this minute:", headers["RateLimit"])
