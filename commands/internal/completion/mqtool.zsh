#compdef mqtool
# Completion of mqtool in zsh, made by: mqtool completion zsh

_mqtool() {
	local kind line
	local -a offers texts
	# (Q) takes quotes away; nothing is expanded. compadd quotes what it inserts.
	{
		IFS= read -r kind
		while IFS= read -r line; do
			offers+=("${line%%$'\t'*}")
			texts+=("${line/$'\t'/  -- }")
		done
	} < <(command mqtool __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
	case $kind in
	(files | directories)
		[[ $PREFIX == --*=* ]] && compset -P '*='
		if [[ $kind == files ]]; then _files; else _files -/; fi
		;;
	(*) (( $#offers )) && compadd -l -d texts -a offers ;;
	esac
}

if [[ $funcstack[1] == _mqtool ]]; then
	_mqtool "$@" # found by its name in a directory of fpath
else
	compdef _mqtool mqtool
fi
