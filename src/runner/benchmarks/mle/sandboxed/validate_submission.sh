#!/bin/sh
# Asks the validation service whether a submission has the right format. Usage: validate_submission.sh FILE.csv
# Python speaks to it, since an image need not have curl.
if [ $# -ne 1 ] || [ ! -f "$1" ]; then
  echo "usage: $0 FILE.csv" >&2
  exit 2
fi
exec python3 - "$1" <<'END'
import json
import sys
import urllib.error
import urllib.request

BOUNDARY = b'validate-submission-7c1f0e5a'
SERVICE = 'http://localhost:5000/validate'

with open(sys.argv[1], 'rb') as file:
    content = file.read()
body = b''.join(
    (
        b'--', BOUNDARY, b'\r\n',
        b'content-disposition: form-data; name="file"; filename="submission.csv"\r\n\r\n',
        content, b'\r\n--', BOUNDARY, b'--\r\n',
    )
)
kind = 'multipart/form-data; boundary=' + BOUNDARY.decode()
try:
    with urllib.request.urlopen(urllib.request.Request(SERVICE, body, {'content-type': kind})) as response:
        answer = json.load(response)
except urllib.error.HTTPError as refusal:
    answer = json.load(refusal)
except OSError as error:
    sys.exit(f'The validation service does not answer: {error}')
print(answer.get('result') or answer.get('error'))
sys.exit(0 if answer.get('valid') else 1)
END
