#!/bin/sh
# Runs ZAP's plan, and leaves how it went where the next container finds it. It always ends with 0: only so does the next one begin.
#
# Given: SCAN, CONFIGURATION, CERTIFICATES, REPORTS, WORK, PRIVATE, LIMIT_SECONDS; and API_KEY_FILE, where the scan has all that a client has.
# exit-code: 0 passed; 90 a door answers wrongly; 91 ended at its limit; 92 no report that can be read; 93 not prepared; otherwise ZAP's own.
set -u
umask 077

say() { printf '%s: %s\n' "$SCAN" "$*"; }

prepare() {
  password=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n') || return 1
  printf '%s' "$password" >"$PRIVATE/password" || return 1
  openssl pkcs12 -export -in "$CERTIFICATES/certificate.pem" -inkey "$CERTIFICATES/key.pem" \
    -out "$PRIVATE/client.p12" -passout "file:$PRIVATE/password" || return 1
  {
    cat "$CONFIGURATION/zap.properties"
    printf '%s\n' "network.clientCertificates.use=true" \
      "network.clientCertificates.pkcs12.file=$PRIVATE/client.p12" \
      "network.clientCertificates.pkcs12.password=$password"
  } >"$PRIVATE/zap.properties" || return 1
  [ "$SCAN" != zap-authenticated ] || prepare_key
}

prepare_key() {
  key=$(cat "$API_KEY_FILE") || return 1
  # It is written into files of lines: another line would be another header, and another property.
  case $key in '' | *[!A-Za-z0-9_-]*) say "the API key has characters that no key of ours has"; return 1 ;; esac
  printf 'x-api-key: %s\n' "$key" >"$PRIVATE/headers" || return 1
  printf '%s\n' "replacer.full_list(0).description=the scanner's key" "replacer.full_list(0).enabled=true" \
    "replacer.full_list(0).matchtype=REQ_HEADER" "replacer.full_list(0).matchstr=x-api-key" \
    "replacer.full_list(0).regex=false" "replacer.full_list(0).replacement=$key" >>"$PRIVATE/zap.properties"
}

# The status that a request without effect is answered with; 000 where nobody answers. No value stands among the arguments.
status_of() {
  address=$1
  shift
  curl --silent --output /dev/null --write-out '%{http_code}' --max-time 20 --request POST \
    --header 'Content-Type: application/json' --data '{}' "$@" "$address" 2>/dev/null
}

# Green must mean something: what is scanned is there, and is closed to whom it should be.
doors() {
  wrong=0
  [ -s "$CONFIGURATION/targets" ] || { say "no route to scan"; return 1; }
  while read -r name address; do
    without=$(status_of "$address")
    case $without in
      000 | 403) ;;
      *) say "$name answers $without to a caller without a certificate; allowed: no answer or 403"; wrong=1 ;;
    esac
    if [ "$SCAN" = zap-authenticated ]; then
      known=$(status_of "$address" --cert "$CERTIFICATES/certificate.pem" --key "$CERTIFICATES/key.pem" \
        --header "@$PRIVATE/headers")
      [ "$known" = 400 ] || { say "$name answers $known to the scanner's empty request; allowed: 400, the validation's"; wrong=1; }
    else
      keyless=$(status_of "$address" --cert "$CERTIFICATES/certificate.pem" --key "$CERTIFICATES/key.pem")
      case $keyless in
        401 | 403) ;;
        *) say "$name answers $keyless to a certificate without a key; allowed: 401 or 403"; wrong=1 ;;
      esac
    fi
  done <"$CONFIGURATION/targets"
  return $wrong
}

scan() {
  prepare || return 93
  doors || return 90
  mkdir -p "$WORK/zap" || return 93
  # -silent: nothing is asked of anybody but the targets, no update either.
  timeout -k 30 "$LIMIT_SECONDS" zap.sh -Xmx1536m -cmd -silent -dir "$WORK/zap" -configfile "$PRIVATE/zap.properties" \
    -autorun "$CONFIGURATION/plan.yaml"
  code=$?
  case $code in 124 | 137 | 143) return 91 ;; esac
  if ! jq -e '.site | type == "array"' "$REPORTS/report.json" >/dev/null 2>&1; then
    say "no report that can be read"
    [ "$code" -ne 0 ] || code=92
  fi
  return $code
}

date -u +%Y-%m-%dT%H:%M:%SZ >"$REPORTS/started-at"
scan
code=$?
# Requests with the key in them: nobody needs them any more, and the pod is kept.
rm -rf "$WORK/zap" "$PRIVATE"/*
chmod -R u+rwX,g+rX "$REPORTS"
date -u +%Y-%m-%dT%H:%M:%SZ >"$REPORTS/ended-at"
printf '%s\n' "$code" >"$REPORTS/exit-code"
say "ended with $code"
exit 0
