# Asks a service to deploy a version. The token goes to curl on its stdin: an
# argument (curl -H "Authorization: …") could be read by everybody with ps.
set -euo pipefail

require_secret -v token api_token
# Inside the quotes of curl's configuration, backslash and quote are escaped.
token=${token//\\/\\\\} token=${token//\"/\\\"}

answer=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
  curl --silent --show-error --fail --config - \
    --data-urlencode "version=$(get_param version)" "$(get_param url)/deploy")
echo "the service says: $answer"
set_result "$answer"
