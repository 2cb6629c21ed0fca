curl -sS --fail-with-body -G -H "Authorization: Bearer $TOKEN" \
  "$PILOT/api/v1/tasks/" \
  --data-urlencode "chapter=1" \
  --data-urlencode "ordering=-number" \
  --data-urlencode "fields=number,title,status,light"
