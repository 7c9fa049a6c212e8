#!/bin/bash
# Tests of src/wrappers/shell.sh: real actions, started as the host starts them.
# run.sh [-v]. Each check prints what differs; the status is 1 if any does.
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
wrapper=$here/../../../src/wrappers/shell.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/tmpdir"
verbose=${1-}
failed=0 checks=0
input='{"parameters":{},"execution":{"id":"e1","action":"pack.name","attempt":1}}'
compat='{"parameters":{},"execution":{"id":"e1","action":"pack.name","attempt":1},"compat":{"env_secrets":true}}'
pem='-----BEGIN\u000aabc=\u000a-----END\u000a'

# run [OPTION=VALUE…] ACTION-TEXT [ARGS…]: runs an action on the frame $secrets, $line.
# Sets out (exact, in a file), err, status, result.
secrets='{}' line=$input code='' env=() lang=C.UTF-8
run() {
  printf '%s' "$1" >"$tmp/action.sh"
  local name=$tmp/action.sh open=()
  shift
  if [[ $code ]]; then
    name=$code open=(ASIDE_CODE_FD=4)
    exec 4<"$tmp/action.sh"
    rm "$tmp/action.sh"
  fi
  printf '%s\n%s\n' "$secrets" "$line" |
    env -i PATH="$PATH" LANG="$lang" TMPDIR="$tmp/tmpdir" ASIDE_RESULT_FD=3 "${open[@]}" "${env[@]}" \
      "$BASH" --noprofile --norc -c '. "$1"; shift; eval "$__aside_main"' "$name" "$wrapper" "$@" \
      >"$tmp/out" 2>"$tmp/err" 3>"$tmp/result"
  status=${PIPESTATUS[1]}
  exec 4<&-
  IFS= read -rd '' out <"$tmp/out"
  IFS= read -rd '' err <"$tmp/err"
  result=$(<"$tmp/result")
}

is() { # is NAME EXPECTED ACTUAL
  ((checks += 1))
  if [[ $2 == "$3" ]]; then
    [[ $verbose ]] && printf 'ok %d - %s\n' "$checks" "$1"
  else
    failed=1
    printf 'not ok %d - %s\n  expected %q\n  actual   %q\n  stderr   %q\n' "$checks" "$1" "$2" "$3" "$err"
  fi
}
has() { # has NAME PATTERN ACTUAL
  if [[ $3 == *$2* ]]; then is "$1" "" ""; else is "$1" "*$2*" "$3"; fi
}

# --- Values ------------------------------------------------------------------------
# Each value in the frame's spelling, and what printf %b makes of it.
values=(
  'hunter2' '' 'two words' '  spaces  ' '-n' '-e' '--' "it's" "'''" '\u0022quoted\u0022' '\u005cn \u005c\u005c' '\u005cu0000'
  'a\u000ab' 'trailing\u000a\u000a' '\u000a' '\u0009\u000d' '$(touch /tmp/pwned)' '`id`' '${HOME}' '*' '?' '[a-z]' '~' '%s %d'
  'é€😀' '#' '!!' ';|&<>' ',' ':' '}' '{' '[]' '},' ':5,' 'udc' 'udcff' '\u0001\u0002\u001f' $'\x7f' $'a\x7fb' '&' '\u005c&'
)
names=() object=
for ((i = 0; i < ${#values[@]}; i++)); do object+=",\"v$i\":\"${values[i]}\""; done
for lang in C C.UTF-8; do
  for mixed in no yes; do
    # A value that is no string takes the other way through the parser.
    secrets="{${object:1}}"
    [[ $mixed == no ]] || secrets="{\"first\":{\"a\":[1,\"},\"]},${object:1},\"last\":7}"
    run 'for ((i = 0; i < '${#values[@]}'; i++)); do get_secret "v$i"; printf "\0"; get_secret -v x "v$i"; printf "%s\0" "$x"; done'
    want=$(for v in "${values[@]}"; do printf %b "$v" | od -An -tx1 -v; echo 00; printf %b "$v" | od -An -tx1 -v; echo 00; done | tr -d ' \n')
    is "values, $lang, mixed $mixed" "$want" "$(od -An -tx1 -v <"$tmp/out" | tr -d ' \n')"
  done
done

secrets='{"nul":"a\u0000b","bytes":"\udc80x\udcff\u0000\udcc3\u0022\u005cx41","pem":"'$pem'"}'
run 'get_secret nul; get_secret bytes'
is 'NUL and other bytes are printed' '61 00 62 80 78 ff 00 c3 22 5c 78 34 31' "$(od -An -tx1 "$tmp/out" | xargs)"
run 'x=old; get_secret -v x nul; echo "$? [$x]"'
is 'NUL in a variable is refused' $'1 []\n' "$out"
has 'and said' "the value of 'nul' holds a NUL" "$err"
secrets='{"bytes":"\udc80x\udcff","pem":"'$pem'"}'
run 'get_secret -v x bytes; printf %s "$x"; get_secret -v y pem; printf "<%s>" "$y"; printf %s "$(get_secret pem)"'
is 'bytes and lines in a variable' $'\x80x\xff<-----BEGIN\nabc=\n-----END\n>-----BEGIN\nabc=\n-----END' "$out"

secrets='{"o":{"u":"x\u0022{","l":[1,{"a":[]},"]}"],"e":{}},"n":-1.5e3,"t":true,"z":null,"e":{},"s":"str","a":[[],[{}]]}'
run 'for n in o n t z e s a; do get_secret $n; get_secret -v x $n; echo " $x"; done'
is 'JSON values' '{"u":"x\u0022{","l":[1,{"a":[]},"]}"],"e":{}} {"u":"x\u0022{","l":[1,{"a":[]},"]}"],"e":{}}
-1.5e3 -1.5e3
true true
null null
{} {}
str str
[[],[{}]] [[],[{}]]
' "$out"

# --- Names -------------------------------------------------------------------------
rm -f "$tmp/pwned"
evil=("x']=1; touch $tmp/pwned; '" "\$(touch $tmp/pwned)" "\`touch $tmp/pwned\`" ']' '[' '@' '*' "a[\$(touch $tmp/pwned)]" 'a b' ' ' ''
  PATH UID IFS -v -n é 'parameters' 'secret:x' '!' '#' ',' ':' '}' $'\x7f')
object='"quo\u0022te":"24","back\u005cslash":"25","new\u000aline":"26","a\u005cu0022":"27","a\u0022":"28"'
for ((i = ${#evil[@]} - 1; i >= 0; i--)); do object="\"${evil[i]}\":\"$i\",$object"; done
secrets="{$object}"
run 'for n; do get_secret "$n"; get_secret -v x "$n"; printf "=%s " "$x"; $(get_secret "$n" >/dev/null); require_secret "$n" >/dev/null; done; echo "$UID" >/dev/null' "${evil[@]}"
want=; for ((i = 0; i < ${#evil[@]}; i++)); do want+="$i=$i "; done
is 'names of every kind' "$want" "$out"
run 'for n; do get_secret "$n"; done' 'quo"te' 'back\slash' $'new\nline' 'a\u0022' 'a"'
is 'names with escapes' 2425262728 "$out"
run 'for n; do get_secret -v "$n" x; echo $?; done 2>/dev/null' "a[\$(touch $tmp/pwned)]" '' '1x' 'a b' 'a;b' é '__aside_key' 'x=1'
is 'only identifiers are variables' $'2\n2\n2\n2\n2\n2\n2\n2\n' "$out"
is 'nothing was executed' no "$([[ -e $tmp/pwned ]] && echo yes || echo no)"
secrets='{"a":"1","b":"2"}'
run "n='x]=1 + \$(touch $tmp/pwned)'; declare -A m; unset \"m[\$n]\"; [[ -v m[\$n] ]]; (( m[\$n] )); eval \": \$n\""
is 'and the check can see an execution' yes "$([[ -e $tmp/pwned ]] && echo yes || echo no)"
run 'secret_names | sort'
is 'secret_names' $'a\nb\n' "$out"
secrets='{}'
run 'secret_names; get_secret nope; echo "$?"; x=old; get_secret -v x nope; echo "$?[$x]"'
is 'a missing secret is empty' $'0\n0[]\n' "$out"

# --- require_secret, parameters, results -------------------------------------------
secrets='{"a":"1"}'
run 'require_secret a; require_secret -v x a; echo "$x"; x=$(require_secret nope) || echo "sub $?"; require_secret -v y nope; echo not here'
is 'require_secret' $'11\nsub 1\n' "$out"
is 'ends the action' 1 "$status"
has 'and names it' "no secret is named 'nope'" "$err"
line='{"parameters":{"a":"p\u000a","n":5,"o":{"x":["},",1]},"s":"","z":[]},"execution":{"id":"e1","action":"pack.name","attempt":1}}'
run 'get_param -v x a; printf %s "$x"; get_param n; get_param o; get_param z; get_param s; get_param only; get_secret a'
is 'parameters; a secret is none and overrides none' $'p\n5{"x":["},",1]}[]1' "$out"
secrets='{"only":{"a":1},"a":"s"}'
run 'get_param a; get_param only; get_secret n; get_secret only'
is 'parameters after JSON' $'p\n{"a":1}' "$out"
line=$input
run 'set_result "{\"a\":1}"; set_result 2'
is 'results' $'{"a":1}\n2' "$result"
run 'printf -v x %300000s y; set_result "\"$x\""'
is 'a long result' 300002 "${#result}"

# --- The shell is the author's -----------------------------------------------------
secrets='{"a":"1","b":"\u000a"}'
run '#!/bin/bash
echo "$LINENO $# $1 $2 [$0] [${BASH_SOURCE[0]}] ${#BASH_SOURCE[@]} $-"
printf "%q %s\n" "$IFS" "${LC_ALL-unset} ${LANG}"
read -r x || echo eof
env | grep -c -e __aside -e "()="
[[ ${BASH_SOURCE[0]} == "$0" ]] && echo guard
f() { no_such_command; }
f
shift; echo "$1"; x=é; echo ${#x}; echo /etc/host[s]
exit 7' 'a  b' c
is 'state' "2 2 a  b c [$tmp/action.sh] [$tmp/action.sh] 1 hBc
\$' \\t\\n' unset C.UTF-8
eof
0
guard
c
1
/etc/hosts
" "$out"
is 'exit' 7 "$status"
has 'messages name the file and line' "$tmp/action.sh: line 7: no_such_command" "$err"
run 'set -euo pipefail; shopt -s nocasematch failglob; IFS=x; get_secret -v v a; get_secret nope; get_secret b >/dev/null; get_param -v p nope; echo "$v${p}done"; trap "echo trap \$?" EXIT; false; echo no'
is 'set -euo pipefail' $'1done\ntrap 1\n' "$out"
is 'set -e ends it' 1 "$status"
run 'set -e; trap "echo ERR" ERR; trap "echo EXIT" EXIT; set -E; get_secret -v v a; get_secret -v w b; require_secret nope || true; echo no'
is 'traps' $'EXIT\n' "$out"
run 'set -u; echo "$nope"; echo no'
is 'set -u' "1 " "$((status != 0)) $out"
secrets='{"a":"hunter2-hunter2","b":"hunter2\u000ahunter2"}'
run 'set -x; get_secret -v v a; get_secret -v w b; get_secret b >/dev/null'
is 'a trace does not show the value' no "$([[ $err == *hunter2* ]] && echo yes || echo no)"
run 'set -x; get_secret -v v a; : "$v"'
is 'but the check would see it' yes "$([[ $err == *hunter2* ]] && echo yes || echo no)"
run 'if ;'
has 'syntax errors' "$tmp/action.sh: line 1: syntax error" "$err"
is 'have a status' 0 "$((status == 0))"
run 'kill -TERM $$; sleep 5' 2>/dev/null
is 'signals' 143 "$status"
run 'a() { local x IFS=, name=N key=K piece=P at=3 value=V text=T; get_secret -v value a; get_secret -v piece b; echo "$x$name$key$at$value$piece"; }; a'
is 'no clash with local names' $'NK3hunter2-hunter2hunter2\nhunter2\n' "$out"

# --- Inline ------------------------------------------------------------------------
code='<inline>'
run '#!/bin/bash
echo "$LINENO $0 $* ${ASIDE_CODE_FD-unset}"
[[ -e /proc/self/fd/4 ]] && echo open
get_secret -v v a; echo "$v"
no_such_command' x y
is 'inline' $'2 <inline> x y unset\nhunter2-hunter2\n' "$out"
has 'its errors' '<inline>: line 5: no_such_command' "$err"
run 'exit 3'
is 'its status' 3 "$status"
code=

# --- Old names ---------------------------------------------------------------------
secrets='{"api-key":"k\u000ay","a.b":"1","a-b":"2","é":"accent","json":{"a":1},"own":"x","nul":"\u0000"}' line=$compat env=(SECRET_OWN=real)
run 'printf %s "$SECRET_API_KEY$SECRET__$SECRET_JSON$SECRET_OWN[${SECRET_A_B-none}]"; env | grep -c SECRET_; bash -c "echo \${SECRET_API_KEY-none}"; : $SECRET_API_KEY'
is 'old names' $'k\nyaccent{"a":1}real[none]1\nnone\n' "$out"
is 'warn once' 1 "$(grep -c "SECRET_API_KEY is no variable any more; use get_secret 'api-key'" <<<"$err")"
is 'not of the others' 0 "$(grep -c SECRET_API_KEY_ <<<"$err")"
run 'export SECRET_X=1; env | grep -c SECRET_X'
is 'and the check can see an export' $'1\n' "$out"
line=$input
run 'echo "${SECRET_API_KEY-none}"'
is 'are off unless asked for' $'none\n' "$out"
env=()

# --- The frame ---------------------------------------------------------------------
for nonsense in '' 'hunter2' '{"a":"hunter2"' '{"a":"hunter2"}'; do
  printf '%s' "$nonsense" | "$BASH" -c '. "$1"; shift; eval "$__aside_main"' "$tmp/action.sh" "$wrapper" >"$tmp/out" 2>"$tmp/err"
  is "nonsense: status for '$nonsense'" 125 "$?"
  is 'not shown' 0 "$(grep -c hunter2 "$tmp/err")"
done
"$BASH" "$wrapper" "$tmp/action.sh" </dev/null >/dev/null 2>"$tmp/err"
is 'run in the wrong way' 125 "$?"

# Long frames cross blocks: escapes at every offset, compared with a decoding in one piece.
piece='é\udcff\u000a\u0022x'
printf -v many "%.0s${piece//\\/\\\\}" {1..20000}
want=$(printf '%.0s\xc3\xa9\xff\n"x' {1..20000} | cksum)
for pad in '' x xx xxx xxxx xxxxx; do
  secrets="{\"pad\":\"$pad\",\"big\":\"$many\",\"o\":{\"a\":[\"$pad\"]}}"
  run 'get_secret big; get_secret o'
  is "blocks, offset ${#pad}" "$want {\"a\":[\"$pad\"]}" "$(head -c 120000 "$tmp/out" | cksum) $(tail -c +120001 "$tmp/out")"
done
big=$(head -c $((16 << 20)) /dev/zero | tr '\0' z)
secrets="{\"big\":\"$big\"}"
begun=$SECONDS
run 'get_secret -v x big; echo ${#x}; get_secret big | tail -c 3'
is '16 MiB' $'16777216\nzzz' "$out"
is 'in reasonable time' 1 "$((SECONDS - begun < 15))"

# --- Nothing on disk, nothing in sight, no child ----------------------------------
big=${big:0:300000}
secrets="{\"big\":\"hunter2-hunter2$big\",\"s\":\"hunter2-hunter2\"}"
if command -v strace >/dev/null; then
  printf '%s' 'get_secret -v x big; get_secret s >/dev/null; get_param p; set_result 1' >"$tmp/action.sh"
  look() {
    printf '%s\n%s\n' "$secrets" "$input" | TMPDIR=$tmp/tmpdir strace -f -o "$tmp/trace" -e trace=openat,open,creat,execve,clone,clone3,vfork,fork,memfd_create \
      "$BASH" --noprofile --norc -c '. "$1"; shift; eval "$__aside_main"' "$tmp/action.sh" "$wrapper" 3>/dev/null
    grep -cE 'O_CREAT|creat\(|clone|fork\(|memfd' <(grep -v /dev/ "$tmp/trace")
  }
  if strace -o /dev/null true 2>/dev/null; then
    is 'no file is made and no process' 0 "$(look)"
    printf '%s' 'get_secret -v x big; cat <<<"$x" >/dev/null' >"$tmp/action.sh"
    is 'and the check can see both' 1 "$(($(look) >= 2))"
  fi
fi
run 'grep -c hunter2 /proc/$$/cmdline /proc/$$/environ; env | grep -c hunter2; ls -A "$TMPDIR"'
is 'not in the command line nor the environment' "$(printf '/proc/%s:0\n' P)" "$(sed -n '1s/[0-9][0-9]*\/cmdline/P/p' <<<"$out")"
is 'nor in files' 0 "$(find "$tmp/tmpdir" -type f | wc -l)"

((failed)) || echo "ok: $checks checks"
exit "$failed"
