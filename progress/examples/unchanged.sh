address="$PILOT/api/v1/tasks/4/"
etag=$(curl -sS --fail-with-body -D - -o task.json -H "Authorization: Bearer $TOKEN" "$address" |
  tr -d '\r' | sed -n 's/^[Ee][Tt][Aa][Gg]: //p')
curl -sS -o task.json -w '%{http_code}\n' \
  -H "Authorization: Bearer $TOKEN" -H "If-None-Match: $etag" "$address"
