#!/bin/sh
# peer_jq.sh PROGRAM INPUT OUTPUT - what jq makes of the input, a value a line, into a file
exec jq -c "$1" "$2" > "$3"
