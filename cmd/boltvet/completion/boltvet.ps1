# PowerShell completion for boltvet (experimental):
#   boltvet completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName boltvet -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    if ($wordToComplete -eq '') { $words += '""' }
    & boltvet __complete '--' @words 2>$null | ForEach-Object {
        $word, $what = $_ -split "`t", 2
        if (-not $what) { $what = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $what)
    }
}
