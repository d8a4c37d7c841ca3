#!/bin/sh
# A folder, or the shots of one film, on machines that ssh reaches and that see one disk under one path:
#
#     HOSTS="anna berta" over_ssh.sh FOLDER OUT [OPTION...]
#     HOSTS="anna berta" over_ssh.sh FILM [OPTION...]
#
# Run it in a folder of that disk. A host that is named twice gets two shards. Ctrl-C ends all of them, and
# the same command goes on.
set -eu
: "${HOSTS:?HOSTS names the machines}" "${1:?a folder and the one for results, or a film}"
tcvc=${TCVC:-tcvc}

quoted() { # for the shell there
    for word; do printf " '%s'" "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")"; done
}

on_all() { # the command, with its shard on every host; says which failed
    count=0 number=0 running='' failed=''
    for host in $HOSTS; do count=$((count + 1)); done
    for host in $HOSTS; do
        number=$((number + 1))
        ssh -n -tt -o BatchMode=yes "$host" \
            "cd$(quoted "$PWD") && exec$(quoted "$@" --shard "$number/$count" --quiet)" &
        running="$running $!:$number:$host"
    done
    trap 'for one in $running; do kill "${one%%:*}" 2>/dev/null; done; exit 130' INT TERM HUP
    for one in $running; do
        code=0
        wait "${one%%:*}" || code=$?
        [ "$code" = 0 ] || failed="$failed ${one#*:}:$code"
    done
    trap - INT TERM HUP
    for one in $failed; do
        host=${one#*:}
        echo "shard ${one%%:*} on ${host%:*} ended with exit code ${one##*:}" >&2
    done
    [ -z "$failed" ]
}

if [ -d "$1" ]; then
    folder=$1 out=$2 code=0
    shift 2
    on_all "$tcvc" batch "$folder" -o "$out" -r "$@" || code=1
    "$tcvc" batch "$folder" -o "$out" -r --status
    exit "$code"
fi
on_all "$tcvc" colorize "$@"
exec "$tcvc" join "$1"
