from pilot import Problem, call

# What the report starts from: the last approved one, or what was saved of it already.
report, _ = call("GET", "reports/start/?task=4")
for measure in report["measures"]:
    measure["status"], measure["text"] = "in_progress", "已印发实施方案。"
saved, headers = call("POST", "reports/", report)

# A change over what was read, and over nothing else.
place = f"reports/{saved['id']}/"
change = {"next_steps": "开展试点企业申报。"}
saved, headers = call("PATCH", place, change, If_Match=headers["ETag"])

try:
    call("PATCH", place, {"next_steps": "……"}, If_Match='"an old one"')
except Problem as stale:
    print(stale.status, "what is stored:", stale.document["stored"]["next_steps"])

handed_in, _ = call("POST", f"{place}submit/", {"version": saved["version"]})
print(handed_in["state"])
