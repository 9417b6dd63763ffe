#compdef boltvet
# zsh completion for boltvet: boltvet completion zsh > "${fpath[1]}/_boltvet"
_boltvet() {
    local line word
    local -a found
    while IFS= read -r line; do
        word="${line%%$'\t'*}"
        word="${word//:/\\:}"
        if [[ "$line" == *$'\t'* ]]; then
            found+=("$word:${line#*$'\t'}")
        else
            found+=("$word")
        fi
    done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#found} )); then
        _describe 'boltvet' found
    else
        _files
    fi
}
if [[ "$funcstack[1]" == _boltvet ]]; then
    _boltvet "$@"
else
    compdef _boltvet boltvet
fi
