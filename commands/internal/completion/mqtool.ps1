# Completion of mqtool in PowerShell, made by: mqtool completion powershell

Register-ArgumentCompleter -Native -CommandName mqtool -ScriptBlock {
	param($current, $command, $position)
	# The values of words that are plain texts, the texts of all others: nothing is expanded.
	$words = @($command.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object {
		if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
	})
	$typed = $current.Trim('"', "'")
	# An empty word would get lost on the way. What stands for it, two quotes, is as good: it is no option.
	$last = if ($typed) { $typed } else { '""' }
	$program = Get-Command -Name mqtool -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
	if (-not $program) { return }
	& $program '__complete' @words $last 2>$null | Select-Object -Skip 1 | ForEach-Object {
		$word, $about = $_ -split "`t", 2
		if ($word.StartsWith($typed, [StringComparison]::Ordinal)) {
			$text = $word
			if ($word -notmatch '^[A-Za-z0-9_./=-]+$') {
				$text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($word) + "'"
			}
			if (-not $about) { $about = $word }
			[System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $about)
		}
	}
}
