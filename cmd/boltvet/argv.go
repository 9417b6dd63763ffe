package main

import "strings"

// normalise puts the words of a command line (without the program's name) into the
// order that urfave/cli understands: the flags of each command directly behind its
// name, the arguments last. The library stops looking for flags at the first
// argument and then takes flags for arguments, silently; and it rejects a global flag
// behind a sub-command. For a forensic tool the first is a wrong answer.
//
// The result is a permutation of the input, save that a cluster of letters ("-qv",
// "-j4") is split into its flags; and normalising it again changes nothing. A line
// that cannot be put in order is a *usageError, and the words come back unchanged.
func normalise(root *command, argv []string) ([]string, error) {
	s := scanner{stack: []level{{cmd: root}}}
	for i := 0; i < len(argv); {
		n, err := s.step(argv[i:])
		if err != nil {
			return argv, err
		}
		i += n
	}
	if len(s.early) > 0 {
		return argv, s.unknownFlag(s.early[0].name)
	}
	return s.line(), nil
}

// A scanner sorts words into the levels of the command line.
type scanner struct {
	stack  []level // root first, innermost last
	early  []early // flags that came before the command they belong to
	words  []string
	dashed bool // "--" was seen: everything else is an argument
}

// A level is a command that has been named and the flag words that belong to it.
type level struct {
	cmd   *command
	flags []string
}

// An early flag waits for its command: `boltvet --no-hash status FILE`.
type early struct {
	name  string
	words []string
}

func (s *scanner) inner() *level { return &s.stack[len(s.stack)-1] }

// step takes the next word, with its value if it is a flag that has one, and returns
// the number of words taken.
func (s *scanner) step(rest []string) (int, error) {
	word := rest[0]
	switch {
	case s.dashed:
		s.words = append(s.words, word)
	case word == "--":
		if s.inner().cmd.isGroup() {
			return 0, s.usage("a command must come before --", "")
		}
		s.dashed = true
	case len(word) > 1 && word[0] == '-':
		return s.flag(rest)
	case s.inner().cmd.isGroup():
		return 1, s.descend(word)
	default:
		s.words = append(s.words, word)
	}
	return 1, nil
}

// descend opens the level of a sub-command and gives it the flags that waited for it.
func (s *scanner) descend(name string) error {
	sub := s.inner().cmd.sub(name)
	if sub == nil {
		return s.unknownCommand(name)
	}
	s.stack = append(s.stack, level{cmd: sub})
	waiting := s.early
	s.early = nil
	for _, e := range waiting {
		if sub.flag(e.name) != nil {
			s.inner().flags = append(s.inner().flags, e.words...)
		} else {
			s.early = append(s.early, e)
		}
	}
	return nil
}

// flag files one flag word and returns how many words it took.
func (s *scanner) flag(rest []string) (int, error) {
	name, _, hasValue := strings.Cut(strings.TrimPrefix(rest[0][1:], "-"), "=")
	f, at := s.lookup(name)
	if f == nil {
		return s.cluster(rest)
	}
	taken := rest[:1]
	if !f.isSwitch() && !hasValue {
		// Whatever comes next is the value, also "-1" and "--": that is how the
		// library reads it, and a revision may be negative.
		if len(rest) < 2 {
			return 0, s.usage("flag "+dashes(name)+" needs a value: "+f.arg, "")
		}
		taken = rest[:2]
	}
	s.file(at, name, taken)
	return len(taken), nil
}

// file gives the words of a flag to their level, or has them wait for it.
func (s *scanner) file(at *level, name string, words []string) {
	if at == nil {
		s.early = append(s.early, early{name, words})
		return
	}
	at.flags = append(at.flags, words...)
}

// lookup finds a flag by its spelling, innermost command first. A nil level means that
// the flag belongs to a command that has not been named yet.
func (s *scanner) lookup(name string) (*flag, *level) {
	for i := len(s.stack) - 1; i >= 0; i-- {
		if f := s.stack[i].cmd.flag(name); f != nil {
			return f, &s.stack[i]
		}
	}
	return s.inner().cmd.below(name), nil
}

// cluster splits "-qv" into -q and -v, and "-j4" into -j and 4. It files nothing
// unless every letter is a flag.
func (s *scanner) cluster(rest []string) (int, error) {
	unknown, _, _ := strings.Cut(strings.TrimPrefix(rest[0][1:], "-"), "=")
	if strings.HasPrefix(rest[0], "--") {
		return 0, s.unknownFlag(unknown)
	}
	type part struct {
		name  string
		words []string
	}
	var parts []part
	used := 1
	letters := rest[0][1:]
	for len(letters) > 0 {
		name := letters[:1]
		f, _ := s.lookup(name)
		if f == nil {
			return 0, s.unknownFlag(unknown)
		}
		letters = letters[1:]
		words := []string{"-" + name}
		switch {
		case strings.HasPrefix(letters, "="):
			words[0] += letters
			letters = ""
		case f.isSwitch():
		case letters != "":
			words, letters = append(words, letters), ""
		case len(rest) > 1:
			words, used = append(words, rest[1]), 2
		default:
			return 0, s.usage("flag -"+name+" needs a value: "+f.arg, "")
		}
		parts = append(parts, part{name, words})
	}
	for _, p := range parts {
		_, at := s.lookup(p.name)
		s.file(at, p.name, p.words)
	}
	return used, nil
}

// line writes the levels out again, arguments last. "--" goes before all arguments:
// behind the first one the library would take it for an argument too.
func (s *scanner) line() []string {
	var out []string
	for i, l := range s.stack {
		if i > 0 {
			out = append(out, l.cmd.name)
		}
		out = append(out, l.flags...)
	}
	if s.dashed {
		out = append(out, "--")
	}
	return append(out, s.words...)
}

func (s *scanner) usage(what, try string) error {
	return &usageError{cmd: s.inner().cmd, what: what, try: try}
}

func (s *scanner) unknownFlag(name string) error {
	var known []string
	for _, l := range s.stack {
		for _, f := range l.cmd.flags {
			known = append(known, f.name)
		}
	}
	try := ""
	if near := suggest(name, known); near != "" {
		try = "did you mean --" + near + "?"
	}
	return s.usage("unknown flag "+dashes(name), try)
}

func (s *scanner) unknownCommand(name string) error {
	var known []string
	for _, c := range s.inner().cmd.visible() {
		known = append(known, c.name)
	}
	try := ""
	if near := suggest(name, known); near != "" {
		try = "did you mean " + near + "?"
	}
	return s.usage("unknown command "+quoted(name), try)
}

// dashes spells a flag name the way it is typed, fit for a terminal.
func dashes(name string) string {
	if len([]rune(name)) == 1 {
		return "-" + printable(name)
	}
	return "--" + printable(name)
}
