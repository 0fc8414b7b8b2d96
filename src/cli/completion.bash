# Completion for bash 4.4 and later; the words come from the program.
_qonduit()
{
	local line=${COMP_LINE:0:COMP_POINT} breaks=${COMP_WORDBREAKS//[^:=]} words=() prefix= files=
	local blanks word begun program i
	COMPREPLY=()
	# Bash parts words at : and =; what stands together is one.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		blanks=${line%%[![:space:]]*}
		line=${line#"$blanks"}
		word=${COMP_WORDS[i]}
		((i < COMP_CWORD)) || word=$line
		if [[ $i = 0 || $blanks ]]; then
			words+=("$word")
		else
			words[-1]+=$word
		fi
		line=${line#"$word"}
	done
	begun=${words[-1]}
	if [[ $begun = [\"\']* ]]; then
		begun=${begun:1}
	elif [[ $breaks ]]; then
		prefix=${begun%"${begun##*[$breaks]}"} # bash completes what is behind it
	fi
	words[-1]=$begun
	program=${words[0]/#~\//$HOME/}
	type -P "$program" >/dev/null || program=qonduit

	while IFS= read -r word; do
		word=${word%%$'\t'*}
		if [[ ! $files ]]; then
			files=$word
		elif [[ $word = "$begun"* ]]; then
			COMPREPLY+=("${word#"$prefix"}")
		fi
	done < <("$program" completion words -- "${words[@]:1}" 2>/dev/null)

	word=${begun#"$prefix"}
	case $files in
	folders) compopt -o dirnames ;;
	mappings)
		while IFS= read -r word; do
			COMPREPLY+=("$word")
		done < <(compgen -f -X '!*.json' -- "$word"; compgen -d -- "$word")
		compopt -o filenames
		;;
	files) # a file goes before a resource that begins as it does
		[[ ! ${COMPREPLY[*]} ]] || compgen -f -- "$begun" >/dev/null && COMPREPLY=()
		compopt -o default
		;;
	esac
	if [[ ${#COMPREPLY[@]} = 1 && ${COMPREPLY[0]} = *[/=] ]]; then
		compopt -o nospace
	fi
}
complete -F _qonduit qonduit
