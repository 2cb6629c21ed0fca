body='{"rows": [{"task": 5, "deadline": "2027-06-30"}, {"task": 6, "deadline": "2027-06-30"}],
       "reason": "按年度计划"}'
api() { curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" "$@"; }
api --data "$body" "$PILOT/api/v1/deadlines/?dry_run=true" &&
  api --data "$body" "$PILOT/api/v1/deadlines/"
