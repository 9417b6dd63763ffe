package main

import (
	"bytes"
	"embed"
	"path"
	"strings"

	"boltvet/internal/render"
)

// The scripts are small and static: each asks the hidden command __complete, which
// walks the same tree as the parser. The library's own completion panics on a partial
// flag.
//
//go:embed completion/boltvet.*
var completionScripts embed.FS

// shells lists the shells that there is a script for, with the script's file ending.
func shells() [][2]string {
	return [][2]string{{"bash", "bash"}, {"zsh", "zsh"}, {"fish", "fish"}, {"powershell", "ps1"}}
}

func shellNames() []string {
	var names []string
	for _, s := range shells() {
		names = append(names, s[0])
	}
	return names
}

// completionCommand is `boltvet completion SHELL`.
func completionCommand() *command {
	return &command{
		name: "completion", args: strings.Join(shellNames(), "|"),
		short: "print a completion script for a shell",
		about: `bash:       source <(boltvet completion bash)
zsh:        boltvet completion zsh > "${fpath[1]}/_boltvet"
fish:       boltvet completion fish > ~/.config/fish/completions/boltvet.fish
powershell: boltvet completion powershell | Out-String | Invoke-Expression (experimental)`,
		least: 1, most: 1,
		examples: []example{{"source <(boltvet completion bash)", "in ~/.bashrc"}},
		run:      runCompletion,
	}
}

func runCompletion(c *call) (answer, error) {
	name := c.args()[0]
	for _, s := range shells() {
		if s[0] != name {
			continue
		}
		script, err := completionScripts.ReadFile(path.Join("completion", "boltvet."+s[1]))
		if err != nil {
			return answer{}, err
		}
		return answer{raw: script, rows: []row{{result: render.Result{Source: "boltvet", Fields: []render.Field{
			{Name: "shell", Label: "shell", Value: render.Text(name)},
			{Name: "script", Label: "script", Value: render.Text(string(script))},
		}}}}}, nil
	}
	try := ""
	if near := suggest(name, shellNames()); near != "" {
		try = "did you mean " + near + "?"
	}
	return answer{}, c.usage("no completion for "+quoted(name)+"; there is "+strings.Join(shellNames(), ", "), try)
}

// completeCommand is `boltvet __complete -- WORD…`: the words of a line after the
// program's name up to the cursor, the last one being the word under it. It prints one
// candidate a line, with a tab and what it is for if that is known. No output leaves
// the word to the shell, which completes file names.
func completeCommand() *command {
	return &command{
		name: "__complete", args: "-- WORD…", short: "candidates for completion scripts", hidden: true,
		most: -1,
		run: func(c *call) (answer, error) {
			var b bytes.Buffer
			for _, found := range complete(c.root, c.args()) {
				b.WriteString(found.word)
				if found.what != "" {
					b.WriteString("\t" + found.what)
				}
				b.WriteByte('\n')
			}
			return answer{raw: b.Bytes()}, nil
		},
	}
}

// A candidate is one way to finish the word under the cursor.
type candidate struct{ word, what string }

// complete returns the candidates for the last of words.
func complete(root *command, words []string) []candidate {
	words = joinEquals(words)
	if len(words) == 0 {
		return nil
	}
	last := words[len(words)-1]
	at := position{scanner: scanner{stack: []level{{cmd: root}}}}
	for i := 0; i < len(words)-1; {
		i += at.pass(words[i : len(words)-1])
	}
	switch {
	case at.lost || at.dashed:
		return nil
	case at.pending != nil:
		return at.pending.candidates("", last)
	case strings.HasPrefix(last, "-"):
		return at.flagCandidates(last)
	case at.inner().cmd.isGroup():
		return commandCandidates(at.inner().cmd, last)
	case at.inner().cmd.name == "completion":
		return matching(shellNames(), "", last)
	case at.inner().cmd.name == "help":
		return at.helpCandidates(last)
	}
	return nil
}

// joinEquals undoes what bash does to --flag=value: it hands over three words.
func joinEquals(words []string) []string {
	var out []string
	for i, w := range words {
		n := len(out)
		switch {
		case w == "=" && n > 0 && strings.HasPrefix(out[n-1], "--") && i == len(words)-1:
			return append(out, "") // the cursor is right behind the sign
		case w == "=" && n > 0 && strings.HasPrefix(out[n-1], "--"):
			continue // the value follows, as it would behind a blank
		}
		out = append(out, w)
	}
	return out
}

// A position is where the cursor is, after the words before it.
type position struct {
	scanner
	pending *flag // its value is under the cursor
	lost    bool  // the words before make no sense
}

// pass goes over the next word and returns how many it took. It forgives what
// normalise would report: the line is not finished.
func (p *position) pass(rest []string) int {
	word := rest[0]
	if len(rest) == 1 && len(word) > 1 && word[0] == '-' && word != "--" && !p.dashed && !strings.Contains(word, "=") {
		if f, _ := p.lookup(strings.TrimPrefix(word[1:], "-")); f != nil && !f.isSwitch() {
			p.pending = f
			return 1
		}
	}
	n, err := p.step(rest)
	if err != nil {
		p.lost = p.inner().cmd.isGroup() && word[0:min(1, len(word))] != "-"
		return 1
	}
	return n
}

// flagCandidates completes a flag, or the value in --flag=value.
func (p *position) flagCandidates(last string) []candidate {
	if name, value, ok := strings.Cut(last, "="); ok {
		if f, _ := p.lookup(strings.TrimPrefix(name[1:], "-")); f != nil {
			return f.candidates(name+"=", value)
		}
		return nil
	}
	var out []candidate
	for i := len(p.stack) - 1; i >= 0; i-- {
		for _, f := range p.stack[i].cmd.flags {
			if strings.HasPrefix("--"+f.name, last) {
				out = append(out, candidate{"--" + f.name, f.usage})
			}
			if f.short != "" && strings.HasPrefix("-"+f.short, last) && last != "-" {
				out = append(out, candidate{"-" + f.short, f.usage})
			}
		}
	}
	return out
}

// candidates completes a flag's value; an open set is left to the shell.
func (f *flag) candidates(prefix, typed string) []candidate {
	if f.values == nil {
		return nil
	}
	return matching(f.values(), prefix, typed)
}

// helpCandidates completes `help COMMAND…`.
func (p *position) helpCandidates(last string) []candidate {
	at := p.stack[0].cmd
	for _, w := range p.words {
		if at = at.sub(w); at == nil {
			return nil
		}
	}
	return commandCandidates(at, last)
}

func commandCandidates(cmd *command, typed string) []candidate {
	var out []candidate
	for _, s := range cmd.visible() {
		if strings.HasPrefix(s.name, typed) {
			out = append(out, candidate{s.name, s.short})
		}
	}
	return out
}

func matching(words []string, prefix, typed string) []candidate {
	var out []candidate
	for _, w := range words {
		if strings.HasPrefix(w, typed) {
			out = append(out, candidate{prefix + w, ""})
		}
	}
	return out
}
