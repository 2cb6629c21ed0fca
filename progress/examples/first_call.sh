curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" \
  "$PILOT/api/v1/overview/"
