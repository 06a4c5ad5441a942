#!/bin/sh
# Sends a run's reports away, says in the log how it ended, and ends as the scan did.
#
# Given: SCAN, STACK, TOOL_NAME, TOOL_VERSION, REPORTS, BUCKET, LOG_GROUP, HOSTNAME, and the variables by which aws knows its role.
set -u

say() { printf '%s: %s\n' "$SCAN" "$*"; }

code=$(cat "$REPORTS/exit-code" 2>/dev/null)
case $code in '' | *[!0-9]*) code=94 ;; esac
ended=$(cat "$REPORTS/ended-at" 2>/dev/null || date -u +%Y-%m-%dT%H:%M:%SZ)
started=$(cat "$REPORTS/started-at" 2>/dev/null || printf '%s' "$ended")
folder="scans/$SCAN/$(printf '%s' "$started" | tr -d ':-')"

# Nothing that is there is written over. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
put() {
  aws s3api put-object --bucket "$BUCKET" --key "$folder/$1" --body "$2" --checksum-algorithm SHA256 --if-none-match '*' >/dev/null
}

reports=
for file in report.json junit.xml; do
  [ -s "$REPORTS/$file" ] || continue
  digest=$(sha256sum "$REPORTS/$file" | cut -d' ' -f1)
  reports="$reports${reports:+,}{\"file\":\"$file\",\"sha256\":\"$digest\"}"
  put "$file" "$REPORTS/$file" || { say "$file could not be sent"; sent=no; }
done
# A run that says it passed and left nothing to read has shown nothing.
[ -n "$reports" ] || [ "$code" -ne 0 ] || code=92

# The last of them: who finds it finds the others.
printf '{"scan":"%s","startedAt":"%s","endedAt":"%s","exitCode":%s,"tool":{"name":"%s","version":"%s"},"stack":"%s","reports":[%s]}\n' \
  "$SCAN" "$started" "$ended" "$code" "$TOOL_NAME" "$TOOL_VERSION" "$STACK" "$reports" >"$WORK/run.json"
if [ "${sent:-yes}" = yes ]; then put run.json "$WORK/run.json" || { say "run.json could not be sent"; sent=no; }; fi
[ "${sent:-yes}" = yes ] || [ "$code" -ne 0 ] || code=95

outcome=passed
[ "$code" -eq 0 ] || outcome=failed
stream="$SCAN/$HOSTNAME"
printf '[{"timestamp":%s000,"message":"{\\"scan\\":\\"%s\\",\\"outcome\\":\\"%s\\"}"}]\n' "$(date +%s)" "$SCAN" "$outcome" >"$WORK/line.json"
# A line of another time than the service's it takes with a 200, and throws away.
if ! { aws logs create-log-stream --log-group-name "$LOG_GROUP" --log-stream-name "$stream" &&
  rejected=$(aws logs put-log-events --log-group-name "$LOG_GROUP" --log-stream-name "$stream" --log-events "file://$WORK/line.json" \
    --query rejectedLogEventsInfo --output text) && { [ -z "$rejected" ] || [ "$rejected" = None ]; }; }; then
  say "the outcome could not be logged"
  [ "$code" -ne 0 ] || code=96
fi
say "$outcome, $code"
exit "$code"
