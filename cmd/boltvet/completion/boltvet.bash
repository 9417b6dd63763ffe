# bash completion for boltvet: source <(boltvet completion bash)
# No candidate means a file name, which -o default leaves to bash.
_boltvet() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\t'*}")
    done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _boltvet boltvet
