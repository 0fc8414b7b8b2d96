#compdef qonduit
# Completion for zsh; the words come from the program.
_qonduit()
{
	local program=${~words[1]} files line word ret=1
	local -a told whole open
	[[ -n ${commands[$program]} || -x $program ]] || program=qonduit
	told=("${(@f)$("$program" completion words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
	files=$told[1]
	shift told
	for line in $told; do
		word=${${line%%$'\t'*}//:/\\:}
		case $line in
		*$'\t'*) line=$word:${line#*$'\t'} ;;
		*) line=$word ;;
		esac
		if [[ $word == *[/=] ]]; then
			open+=("$line")
		else
			whole+=("$line")
		fi
	done
	(($#whole)) && _describe -t words word whole && ret=0
	(($#open)) && _describe -t beginnings beginning open -S '' && ret=0

	[[ $files == none || $PREFIX != --*=* ]] || compset -P '*='
	case $files in
	folders) _path_files -/ && ret=0 ;;
	mappings) _path_files -/ -g '*.json' && ret=0 ;;
	files) _files && ret=0 ;;
	esac
	return ret
}

# Read as the function of that name from a folder in fpath, or by source.
if [[ $funcstack[1] == _qonduit ]]; then
	_qonduit "$@"
else
	compdef _qonduit qonduit
fi
