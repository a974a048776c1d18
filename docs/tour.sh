#!/usr/bin/env bash
# One incident's life by curl, as in the README. Usage: PASSWORD=… [ADDRESS=http://127.0.0.1:8000] docs/tour.sh
set -euo pipefail
ADDRESS=${ADDRESS:-http://127.0.0.1:8000}

# as WHO METHOD PATH [BODY] [VERSION]: one request by a demo account; a write carries a key and the version it is based on
as() {
  local token; token=$(curl -s "$ADDRESS/v1/auth/token" -d username="$1" -d password="$PASSWORD" | field access_token)
  curl -s -X "$2" "$ADDRESS$3" -H "Authorization: Bearer $token" -H "Idempotency-Key: ${KEY:-$RANDOM-$RANDOM-$RANDOM}" \
    ${4:+-H 'Content-Type: application/json' -d "$4"} ${5:+-H "If-Match: \"$5\""}
}
field() { python3 -c 'import json,sys; v=json.load(sys.stdin)
for k in sys.argv[1].split("."): v=v[int(k) if k.isdecimal() else k]
print(v if isinstance(v, (str, int)) else json.dumps(v, ensure_ascii=False))' "$1"; }
show() { python3 -c 'import json,sys; v=json.load(sys.stdin); print({k: v.get(k) for k in sys.argv[1:] if k in v})' "$@"; }
# move WHO BODY: an action on the incident at the version we know
move() { ANSWER=$(as "$1" POST "/v1/incidents/$ID/transitions" "$2" "$VERSION"); keep; }
keep() { VERSION=$(field version <<<"$ANSWER"); show status version allowed_actions <<<"$ANSWER"; }
look() { ANSWER=$(as "$1" GET "/v1/incidents/$ID"); keep; }
crew() { # crew WHO ACTION: the patrol's own step
  local part; part=$(as "$1" GET "/v1/incidents/$ID" | field assignments.0)
  as "$1" POST "/v1/assignments/$(field id <<<"$part")/transitions" "{\"action\": \"$2\"}" "$(field version <<<"$part")" | show patrol state
}
# picture WHO KIND: evidence taken at the place
picture() {
  local token; token=$(curl -s "$ADDRESS/v1/auth/token" -d username="$1" -d password="$PASSWORD" | field access_token)
  curl -s "$ADDRESS/v1/incidents/$ID/evidence" -H "Authorization: Bearer $token" -H "Idempotency-Key: $RANDOM-$RANDOM" \
    -F kind="$2" -F lon=118.625 -F lat=32.055 -F file=@"$PICTURE" | field id
}
PICTURE=$(mktemp --suffix=.png); trap 'rm -f "$PICTURE"' EXIT
base64 -d >"$PICTURE" <<<'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGNkaGBgYGBgYGBgYGBgYAAACYgA4TjkqLEAAAAASUVORK5CYII='

echo '# where is this?'
as street1.acceptor GET '/v1/locate?lon=118.625&lat=32.055' | show cell centre
echo '# a patrol member reports a blocked fire lane: it is located and given to the street'
ANSWER=$(as patrol1.member POST /v1/incidents '{"category_code": "E0496", "description": "消防通道被车辆占用",
  "location": {"type": "Point", "coordinates": [118.625, 32.055]}, "source": "patrol"}')
ID=$(field id <<<"$ANSWER"); keep
echo '# the street accepts, registers by a standard, asks who should go, and sends them'
move street1.acceptor '{"action": "accept"}'
move street1.shift_leader '{"action": "register", "standard": "E0496-1", "filing_condition_met": true}'
as street1.dispatcher GET "/v1/incidents/$ID/recommendations" | show wanted suggested shortfall
move street1.dispatcher '{"action": "dispatch", "patrols": ["P-001"]}'
echo '# the crew accepts, goes, arrives, clears the lane and says so'
for step in accept depart arrive; do crew patrol1.leader $step; done
picture patrol1.leader after
look patrol1.leader
move patrol1.leader '{"action": "finish", "measures": ["persuasion"], "note": "车辆已驶离"}'
echo '# somebody else checks on the spot, and it is closed'
move street1.acceptor '{"action": "send_check"}'
CHECK=$(picture inspector1 check)
move inspector1 "{\"action\": \"pass_check\", \"evidence\": [\"$CHECK\"]}"
move street1.shift_leader '{"action": "close", "closing_condition_met": true}'
echo '# who did what, when'
as street1.dispatcher GET "/v1/incidents/$ID/timeline" | python3 -c 'import json,sys
for m in json.load(sys.stdin)["items"]: print(m["seq"], m["action"], m["to"], m["role"], m["actor"])'
echo '# and what is refused: wrong order, wrong role, a missing need, another street, a stale version'
as street1.acceptor POST "/v1/incidents/$ID/transitions" '{"action": "accept"}' "$VERSION" | show status type allowed
ANSWER=$(as patrol1.member POST /v1/incidents '{"description": "?", "location": {"type": "Point", "coordinates": [118.625, 32.055]}, "source": "patrol"}')
ID=$(field id <<<"$ANSWER"); VERSION=1
as street1.dispatcher POST "/v1/incidents/$ID/transitions" '{"action": "accept"}' 1 | show status type roles
as street1.acceptor POST "/v1/incidents/$ID/transitions" '{"action": "accept"}' 1 | show status type missing
as street2.acceptor POST "/v1/incidents/$ID/transitions" '{"action": "accept"}' 1 | show status type
as street1.acceptor POST "/v1/incidents/$ID/transitions" '{"action": "accept"}' 9 | show status type version
echo '# the same key with the same request: the same bytes'
BODY='{"description": "repeat me", "location": {"type": "Point", "coordinates": [118.626, 32.056]}, "source": "patrol"}'
KEY=tour-$RANDOM-$RANDOM
[ "$(as patrol1.member POST /v1/incidents "$BODY")" = "$(as patrol1.member POST /v1/incidents "$BODY")" ] && echo same bytes
