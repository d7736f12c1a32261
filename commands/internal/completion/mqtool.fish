# Completion of mqtool in fish, made by: mqtool completion fish

function __mqtool_complete
	set -l words (commandline -opc)
	set -l current (commandline -ct)
	# Fish expands nothing in what it hands over, picks what fits, and quotes what it inserts.
	set -l offers (command mqtool __complete $words[2..-1] "$current" 2>/dev/null)
	switch "$offers[1]"
		case files
			__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current") | string replace -r '^' -- (string match -r -- '^--[^=]*=' "$current"; or echo)
		case directories
			__fish_complete_directories (string replace -r -- '^--[^=]*=' '' "$current") '' | string replace -r '^' -- (string match -r -- '^--[^=]*=' "$current"; or echo)
		case '*'
			string join \n -- $offers[2..-1]
	end
end

complete -c mqtool -f -a '(__mqtool_complete)'
