# Completion for fish; the words come from the program.
function __qonduit_tell
	set -l words (commandline -opc)
	set -l begun (commandline -ct | string replace -r '^["\']' '')
	set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
	type -q -- $program
	or set program qonduit
	set -e words[1]
	command $program completion words -- $words "$begun" 2>/dev/null
end

function __qonduit_takes_files
	set -l told (__qonduit_tell)
	test "$told[1]" = files
end

function __qonduit_words
	set -l told (__qonduit_tell)
	set -l files $told[1]
	set -e told[1]
	string join \n -- $told
	set -l option (commandline -ct | string match -r -- '^--[^=]*=')
	set -l begun (commandline -ct | string replace -r -- '^--[^=]*=' '')
	switch "$files"
		case folders
			printf "$option%s\n" (__fish_complete_directories "$begun" '')
		case mappings
			printf "$option%s\n" (__fish_complete_suffix "$begun" .json | string match -r -- '^.*(?:\.json|/)$')
	end
end

complete -c qonduit -f -a '(__qonduit_words)'
complete -c qonduit -n __qonduit_takes_files -F
