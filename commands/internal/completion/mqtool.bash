# shellcheck shell=bash
# Completion of mqtool in bash, made by: mqtool completion bash

_mqtool() {
	COMPREPLY=()
	# Bash cuts words at = and : as well; what has no blank before it belongs to the word before.
	local line=${COMP_LINE:0:COMP_POINT} words=() part last='' i
	for ((i = 0; i <= COMP_CWORD; i++)); do
		local rest=${line#"${line%%[![:space:]]*}"}
		part=${rest:0:${#COMP_WORDS[i]}}
		if ((i > 0)) && [[ $rest == "$line" ]]; then
			words[${#words[@]}-1]+=$part
		else
			words+=("$part")
		fi
		line=${rest:${#part}}
	done
	local typed=${words[${#words[@]}-1]}
	# What bash replaces is the part behind the last = or :, or behind a quote.
	[[ $part == [=:]* ]] && part=
	last=${typed:0:${#typed}-${#part}}
	# The program gets words without their quotes. Nothing in them is expanded.
	for ((i = 1; i + 1 < ${#words[@]}; i++)); do
		words[i]=${words[i]//[\\\"\']/}
	done

	local kind offer quoted
	{
		IFS= read -r kind
		case $kind in
		files) compopt -o default ;;
		directories) compopt -o dirnames ;;
		esac
		while IFS= read -r offer; do
			offer=${offer%%$'\t'*}
			if [[ $typed == [\"\']* ]]; then
				# Inside of quotes only that is offered which means the same in either kind.
				[[ $offer != *[\$\`\"\'\\!]* && ${typed:0:1}$offer == "$typed"* ]] && COMPREPLY+=("$offer")
				continue
			fi
			printf -v quoted %q "$offer"
			[[ $quoted == "$typed"* ]] && COMPREPLY+=("${quoted:${#last}}")
		done
	} < <(command mqtool __complete "${words[@]:1}" 2>/dev/null)
}

complete -F _mqtool mqtool
