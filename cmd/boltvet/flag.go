package main

import "strings"

// A flagKind says what a flag holds.
type flagKind uint8

const (
	boolFlag  flagKind = iota // present or not
	countFlag                 // present n times
	textFlag                  // one word; the last one wins
	intFlag                   // one integer; the last one wins
	listFlag                  // any number of words, commas are part of them
)

// A flag is one option of a command. Its zero kind is a switch.
type flag struct {
	name   string // long spelling, without dashes
	short  string // one letter, or ""
	also   string // a second letter that is accepted but not advertised, or ""
	kind   flagKind
	arg    string // what the value is called in help: "FILE"
	def    string // default as help shows it, "" for none
	usage  string
	values func() []string // the closed set of values, nil if open
	reads  bool            // it names a path that is read, and that --record does not vouch for
	blank  bool            // a path that may be empty: that is the default, as in etcdutl
}

func (f flag) isSwitch() bool { return f.kind == boolFlag || f.kind == countFlag }

// has reports whether name, without dashes, is one of the flag's spellings.
func (f flag) has(name string) bool {
	return name != "" && (name == f.name || name == f.short || name == f.also)
}

// variable is the environment variable that stands in for the flag. --help and
// --version have none: BOLTVET_VERSION is a name that deployments use for their own
// ends.
func (f flag) variable() string {
	if f.name == "help" || f.name == "version" {
		return ""
	}
	return "BOLTVET_" + strings.ToUpper(strings.ReplaceAll(f.name, "-", "_"))
}

// aliases are the spellings besides the name.
func (f flag) aliases() []string {
	var out []string
	for _, a := range []string{f.short, f.also} {
		if a != "" {
			out = append(out, a)
		}
	}
	return out
}
