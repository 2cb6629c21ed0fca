api() { curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" "$@"; }
position=$(api "$PILOT/api/v1/changes/?after=now" | sed -n 's/^{"position":\([0-9]*\).*/\1/p')
# Read what you keep a copy of, once; then, every few minutes:
api "$PILOT/api/v1/changes/?after=$position"
