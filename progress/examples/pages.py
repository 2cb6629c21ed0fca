from pilot import call

place, numbers = "tasks/?pagination=cursor&page_size=50&fields=number", []
while place:
    page, _ = call("GET", place)
    numbers += [task["number"] for task in page["results"]]
    place = page["next"]
print(len(numbers), "tasks")
