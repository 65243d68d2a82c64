# Steps of .ci/run, with their times, and commands that are shown before they run.

work=$(mktemp -d)
step=
steps=()
missing=()
begun=$SECONDS

finish() {
    local status=$?
    rm -rf "$work"
    if [ "$status" -ne 0 ] && [ -n "$step" ]; then
        echo "ci: step '$step' failed with status $status after $((SECONDS - begun)) s"
    fi
}
trap finish EXIT

# begin NAME: closes the step before and opens the next.
begin() {
    if [ -n "$step" ]; then
        steps+=("$(printf '%-32s %5d s' "$step" $((SECONDS - step_begun)))")
    fi
    step=$1
    step_begun=$SECONDS
    if [ -n "$step" ]; then
        printf '\n=== %s\n' "$step"
    fi
}

# show COMMAND..: prints a command and runs it.
show() {
    printf '+ %s\n' "$*"
    "$@"
}

# counted COMMAND..: shows a command too, and keeps its output for the count of tests.
counted() {
    printf '+ %s\n' "$*"
    "$@" 2>&1 | tee -a "$work/tests.log"
}

# queue NAME COMMAND..: a command for run_queue.
queued=()
queue() {
    local folder=$work/queue/${#queued[@]}
    mkdir -p "$folder"
    printf '%q ' "${@:2}" > "$folder/command"
    queued+=("$1")
}

# run_queued PLACE: runs the command at a place of the queue, and notes what it printed and its status.
run_queued() {
    local folder=$work/queue/$1 status=0
    bash "$folder/command" > "$folder/output" 2>&1 < /dev/null || status=$?
    echo "$status" > "$folder/status"
}

# run_queue COUNT: runs what is queued, COUNT at a time, and shows what each printed, in their order, for the
# count of tests too. Fails with the first that failed.
run_queue() {
    local place running=0 status=0
    for place in "${!queued[@]}"; do
        if [ "$running" -eq "$1" ]; then
            wait -n
            running=$((running - 1))
        fi
        run_queued "$place" &
        running=$((running + 1))
    done
    wait
    for place in "${!queued[@]}"; do
        printf '+ %s: %s\n' "${queued[place]}" "$(< "$work/queue/$place/command")"
        tee -a "$work/tests.log" < "$work/queue/$place/output"
        if [ "$status" -eq 0 ]; then
            status=$(< "$work/queue/$place/status")
        fi
    done
    rm -r "$work/queue"
    queued=()
    return "$status"
}

# built_by COMMAND..: runs a build; its output is what .ci/executables.py reads.
built_by() {
    printf '+ %s\n' "$*" >&2
    "$@" --message-format=json-render-diagnostics
}

# need PROGRAM PACKAGE..: installs Debian packages when a program is missing.
need() {
    local program=$1
    shift
    if ! command -v "$program" > /dev/null; then
        show apt-get update
        show apt-get install --yes --no-install-recommends "$@"
    fi
}

# not_tested WHAT: a check that this machine cannot make.
not_tested() {
    missing+=("$1")
}

# summary: times of all steps, and what was not tested.
summary() {
    begin ""
    printf '\n=== summary\n'
    printf '%s\n' "${steps[@]}"
    echo "levels run: ${required//,/, }"
    printf 'not tested here: %s\n' "${missing[@]}"
    printf 'all steps passed in %d min %d s\n' $(((SECONDS - begun) / 60)) $(((SECONDS - begun) % 60))
    python3 .ci/count_tests.py "$work/tests.log" "$work/python-tests.log"
}
