next="$PILOT/api/v1/tasks/?pagination=cursor&page_size=50&fields=number"
while [ -n "$next" ]; do
  page=$(curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" "$next") || exit 1
  echo "$page"
  next=$(echo "$page" | sed -n 's/.*"next":"\([^"]*\)".*/\1/p')
done
