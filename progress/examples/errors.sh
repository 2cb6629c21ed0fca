curl -sS -w '\n%{http_code}\n' -H "Authorization: Bearer $TOKEN" -H "Accept-Language: en" \
  "$PILOT/api/v1/tasks/?statsu=ongoing"
