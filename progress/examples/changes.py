from pilot import call


def follow(position):
    """Every thing that changed behind the position, and where to go on."""
    more = True
    while more:
        stretch, _ = call("GET", f"changes/?after={position}")
        for change in stretch["results"]:
            print(change["kind"], change["key"], "gone" if change["gone"] else change["address"])
        position, more = stretch["position"], stretch["more"]
    return position


print("go on from", follow(0))
