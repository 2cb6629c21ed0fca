from pilot import Problem, call

rows = [{"task": 7, "deadline": "2027-06-30"}, {"task": 999, "deadline": "2027-06-30"}]
body = {"rows": rows, "reason": "按年度计划"}
try:
    # Looks, and changes nothing.
    call("POST", "deadlines/?dry_run=true", body)
except Problem as refused:
    print(refused.document["errors"])
    body["rows"] = rows[:1]
call("POST", "deadlines/", body)
task, _ = call("GET", "tasks/7/?fields=number,deadline")
print(task)
