# The child's side of aside, for bash 4.4 and later.
#
#   bash --noprofile --norc -c '. "$1"; shift; eval "$__aside_main"' ACTION shell.sh ARGS…
#
# stdin holds two lines of JSON: the secrets, then the parameters. Inside a string
# every quote, backslash and control character is a \uXXXX, and so is each byte that
# isn't UTF-8 (\udcXX). A raw quote therefore always delimits a string, and splitting
# at the quotes is the parser: { name : value , name : value }.
#
# The data is never evaluated: names and values only ever expand inside quotes. What
# is evaluated is the action, at the top level of the shell, so that it runs as a
# script of its own would. Nothing here forks, and nothing writes a file (a
# here-string would).
#
# Bash takes longer to read functions than to run them. So a start reads only as far
# as the first `return`; __aside_more reads the rest when an action needs it.

# get_secret NAME          prints the value exactly; nothing if there is none
# get_secret -v VAR NAME   assigns it instead
get_secret() {
  [[ ${__aside_indexed-} ]] || __aside_index
  local __aside_at=${__aside_place["${!#}."]-}
  if [[ $__aside_at && $- != *x* && ${!#} != *\\* ]]; then
    if [[ $# == 1 ]]; then
      case ${__aside_pieces[__aside_at]} in
        *\\*) ;;
        *) printf %s "${__aside_pieces[__aside_at]}"; return ;;
      esac
    elif [[ $#$1$2 == 3-v[a-zA-Z_]*([a-zA-Z0-9_]) && $2 != __aside_* ]]; then
      local -n __aside_variable=$2
      __aside_variable=${__aside_pieces[__aside_at]}
      case $__aside_variable in *\\*) ;; *) return ;; esac
    fi
  fi
  # An escape in it, JSON, a name that isn't there, a trace to hide it from, a mistake.
  __aside_more && __aside_answer get_secret "$@"
}

# require_secret [-v VAR] NAME   the same, but ends the action if there is none
require_secret() { __aside_more && __aside_answer require_secret "$@" || exit; }

# get_param [-v VAR] NAME   a parameter; secrets are never looked up here
get_param() { __aside_more && __aside_answer get_param "$@"; }

# secret_names   prints the names of all secrets, one a line
secret_names() { __aside_more && __aside_names; }

# set_result JSON   writes the action's result; the last one counts
set_result() { printf '%s\n' "${1?usage: set_result JSON}" >&"${ASIDE_RESULT_FD:-3}"; }

__aside_more() { [[ ${__aside_all-} ]] || . "$__aside_file"; }

# Where each value stands, up to the first that isn't a string.
__aside_index() {
  local -i at=1
  while [[ ${__aside_pieces[at + 1]} == : ]]; do
    __aside_place[${__aside_pieces[at]}.]=$((at + 2))
    at+=4
  done
  __aside_indexed=1
}

if [[ ! ${__aside_file-} ]]; then
  __aside_file=${BASH_SOURCE[0]} __aside_main='. "$0"'
  declare -A __aside_place
  mapfile -td \" __aside_pieces
  exec </dev/null # whatever stdin was, nobody reads the secrets there again
  if [[ ${__aside_pieces[-1]-} != *1}}$'\n' || ${ASIDE_CODE_FD-} ]]; then
    __aside_more && __aside_begin # inline code, old names, a later attempt, nonsense
  fi
  return
fi

# --- The rest: read when it is needed ---------------------------------------------

if [[ $0 == "${BASH_SOURCE[0]}" ]]; then
  echo "aside: shell.sh must be sourced; its first lines show how" >&2
  exit 125
fi
__aside_all=1
declare -gA __aside_values=() __aside_json=()

__aside_say() { printf 'aside: %s\n' "$1" >&2; }

# What a start does when there is more to do than to split the frame.
__aside_begin() {
  if [[ ${__aside_pieces[-1]-} != *}}$'\n' || ${__aside_pieces[0]} != {* ]]; then
    __aside_say "failed to read the secrets: stdin must hold aside's two lines of JSON"
    exit 125
  fi
  if [[ ${ASIDE_CODE_FD-} ]]; then # the action as text; else it is the file $0
    IFS= read -rN 2147483647 -u "$ASIDE_CODE_FD" __aside_main
    exec {ASIDE_CODE_FD}<&-
    unset -v ASIDE_CODE_FD
  fi
  [[ ${__aside_pieces[-2]} != env_secrets ]] || __aside_old_names
}

__aside_names() {
  local - key
  set +eux
  __aside_parse
  for key in "${!__aside_values[@]}"; do
    [[ $key != secret:* ]] || printf '%b\n' "${key#secret:}"
  done
}

__aside_answer() {
  local -
  set +eux -f
  local __aside_by=$1 __aside_var= __aside_key=secret: __aside_value __aside_as=%b
  shift
  if [[ $# == 3 && $1 == -v ]]; then
    if [[ $2 == [!a-zA-Z_]* || $2 == *[!a-zA-Z0-9_]* || $2 == '' || $2 == __aside_* ]]; then
      __aside_say "$__aside_by: not a name for a variable: $2"
      return 2
    fi
    __aside_var=$2
    shift 2
  fi
  if (($# != 1)); then
    __aside_say "usage: $__aside_by [-v VARIABLE] NAME"
    return 2
  fi
  [[ $__aside_by != get_param ]] || __aside_key=param:
  __aside_parse
  __aside_spell "$1"

  if [[ $__aside_by == require_secret && -z ${__aside_values["$__aside_key"]+set} ]]; then
    __aside_say "no secret is named '$1'; add it to the action's secrets"
    return 1
  fi
  __aside_value=${__aside_values["$__aside_key"]-}
  # JSON is handed out as it stands; %b undoes the escapes of a string.
  [[ -z ${__aside_json["$__aside_key"]-} ]] || __aside_as=%s
  [[ $__aside_value != *'\udc'* ]] || __aside_bytes __aside_value
  if [[ $__aside_as == %b && $__aside_var && $__aside_value == *'\u0000'* ]]; then
    printf -v "$__aside_var" %s ""
    __aside_say "$__aside_by: the value of '$1' holds a NUL, which no variable can"
    return 1
  elif [[ $__aside_var ]]; then
    printf -v "$__aside_var" "$__aside_as" "$__aside_value"
  else
    printf "$__aside_as" "$__aside_value"
  fi
}

# Appends the name $1 to __aside_key, spelt as in the frame.
__aside_spell() {
  local LC_ALL=C i char
  if [[ $1 != *[\"\\$'\x01'-$'\x1f']* ]]; then
    __aside_key+=$1
    return
  fi
  for ((i = 0; i < ${#1}; i++)); do
    char=${1:i:1}
    [[ $char != [\"\\$'\x01'-$'\x1f'] ]] || printf -v char '\\u%04x' "'$char"
    __aside_key+=$char
  done
}

# Makes each \udcXX in the variable $1 a \xXX, which is what %b calls that byte.
# Splitting at the backslashes and joining again takes linear time, unlike a
# substitution.
__aside_bytes() {
  local LC_ALL=C IFS=\\
  local -n text=$1
  local -a fields=(.$text)
  text="${fields[*]/#udc/x}"
  text=${text#.}
}

# Takes every secret and parameter, whatever its type, once.
__aside_parse() {
  [[ -z ${__aside_parsed-} ]] || return 0
  local LC_ALL=C IFS=\" -
  set -f
  local -i at=0
  __aside_fill secret:
  at+=2 # over "parameters" and its colon
  __aside_fill param:
  __aside_parsed=1
}

# Takes the members of the object that begins in the piece `at` into __aside_values,
# under keys that begin with $1, and leaves `at` at the piece where it ends.
__aside_fill() {
  local key value piece=,
  [[ ${__aside_pieces[at]%%$'\n'*} == *{ ]] || return 0
  while [[ $piece == , ]]; do
    key=$1${__aside_pieces[at + 1]}
    at+=2
    if [[ ${__aside_pieces[at]} == : ]]; then
      __aside_values["$key"]=${__aside_pieces[at + 1]}
      at+=2
      piece=${__aside_pieces[at]%%$'\n'*}
    else
      __aside_take_json
      __aside_values["$key"]=$value
      __aside_json["$key"]=1
    fi
  done
}

# Sets value to the JSON text that begins after the colon of the piece `at`, and
# piece to "," if another member follows. Splitting at the brackets counts them.
__aside_take_json() {
  local -i depth=0 first=at
  local -a opened closed
  local IFS
  while ((at < ${#__aside_pieces[@]})); do
    piece=${__aside_pieces[at]%%$'\n'*}
    if [[ $piece == *[][{}]* ]]; then
      IFS='{['
      opened=($piece.)
      IFS='}]'
      closed=($piece.)
      depth+=${#opened[@]}-${#closed[@]}
    fi
    ((depth > 0)) || break
    at+=2
  done
  IFS=\"
  value="${__aside_pieces[*]:first:at - first + 1}"
  value=${value%%$'\n'*}
  value=${value#:}
  if ((depth < 0)); then
    value=${value%\}*} piece=
  else
    value=${value%,} piece=,
  fi
}

# For moving old packs: gives each secret to the variable SECRET_NAME as well, not
# exported, and warns of those that the action mentions.
__aside_old_names() {
  local key old text=$__aside_main
  local -A owner clash
  __aside_parse
  [[ $text != '. "$0"' ]] || IFS= read -rN 2147483647 text <"$0"
  for key in "${!__aside_values[@]}"; do
    [[ $key == secret:* ]] || continue
    printf -v key %b "${key#secret:}"
    old=${key//[$'\x80'-$'\xbf']/} # one _ for each character that isn't ASCII
    old=${old^^}
    old=SECRET_${old//[!A-Z0-9]/_}
    [[ -z ${owner[$old]+set} ]] || clash[$old]=1
    owner[$old]=$key
  done
  for old in "${!owner[@]}"; do
    if [[ ${clash[$old]-} ]]; then # two secrets for one name answer to neither
      __aside_say "warning: $old could be more than one secret and is none; use get_secret"
      continue
    fi
    if [[ $text$'\n' == *"$old"[!a-zA-Z0-9_]* ]]; then
      __aside_say "warning: $old is no variable any more; use get_secret '${owner[$old]}'"
    fi
    # A variable of the job's own stays.
    [[ -z ${!old+set} ]] || continue
    get_secret -v "$old" "${owner[$old]}" || :
  done
}
