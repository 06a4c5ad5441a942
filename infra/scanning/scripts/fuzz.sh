#!/bin/sh
# Fuzzes each route for its time, and leaves how it went where the next container finds it. It always ends with 0: only so does the
# next one begin.
#
# Given: SCAN, CONFIGURATION, SCRIPTS, API_KEY_FILE, REPORTS, WORK, SECONDS_PER_ROUTE, LIMIT_SECONDS.
# exit-code: 0 passed; 90 the scanner was let in nowhere on a route; 91 ended at its limit; 92 no report that can be read; 93 not prepared; otherwise Schemathesis' own.
set -u
umask 077

say() { printf '%s: %s\n' "$SCAN" "$*"; }

scan() {
  SCAN_API_KEY=$(cat "$API_KEY_FILE") || return 93
  case $SCAN_API_KEY in '' | *[!A-Za-z0-9_-]*) say "the API key has characters that no key of ours has"; return 93 ;; esac
  export SCAN_API_KEY
  cd "$WORK" || return 93
  mkdir -p parts || return 93
  ends=$(($(date +%s) + LIMIT_SECONDS))
  worst=0
  while read -r name address; do
    left=$((ends - $(date +%s)))
    [ "$left" -gt 0 ] || { say "no time is left for $name"; worst=91; break; }
    # By the hook: that a request was served. Refusals alone, 429 as well as 403, are by the contract and say nothing of it.
    export SCAN_LET_IN="$WORK/let-in-$name"
    timeout -k 30 "$left" schemathesis --config-file "$CONFIGURATION/schemathesis.toml" run "$CONFIGURATION/contract-$name.json" \
      --url "$(printf '%s' "$address" | cut -d/ -f1-3)" --max-time "$SECONDS_PER_ROUTE" \
      --report junit --report-junit-path "$WORK/parts/$name.xml" </dev/null
    code=$?
    # 143 is BusyBox' own: its timeout hands on how the tool ended.
    case $code in 124 | 137 | 143) code=91 ;; esac
    [ "$code" -ne 0 ] || [ -e "$SCAN_LET_IN" ] || { say "$name let the scanner in nowhere: no answer of 2xx"; code=90; }
    [ "$code" -eq 0 ] || { say "$name ended with $code"; [ "$worst" -ne 0 ] || worst=$code; }
  done <"$CONFIGURATION/targets"
  unset SCAN_API_KEY
  # One report of all routes; it refuses a route without one, and one without a single case.
  if ! python3 "$SCRIPTS/merge_junit.py" "$CONFIGURATION/targets" "$WORK/parts" "$REPORTS/junit.xml"; then
    say "no report that can be read"
    [ "$worst" -ne 0 ] || worst=92
  fi
  return $worst
}

date -u +%Y-%m-%dT%H:%M:%SZ >"$REPORTS/started-at"
scan
code=$?
rm -rf "${WORK:?}"/* "${WORK:?}"/.[!.]*
chmod -R u+rwX,g+rX "$REPORTS"
date -u +%Y-%m-%dT%H:%M:%SZ >"$REPORTS/ended-at"
printf '%s\n' "$code" >"$REPORTS/exit-code"
say "ended with $code"
exit 0
