package main

import "strings"

// A command is one word of the command line and what it does. The same value feeds
// the normaliser, the parser, the help text and completion, so these cannot differ.
// A command either runs or has sub-commands, never both.
type command struct {
	name  string
	args  string // the arguments as the usage line shows them
	short string // one line, no full stop
	about string // paragraphs for the help text, wrapped by hand

	flags    []flag
	subs     []*command
	examples []example
	codes    []exitCode // besides 0, 64 and the signals, which every command can return
	formats  []string   // of --write-out; nil: all that render has
	hidden   bool       // not in help and completion
	etcdutl  bool       // an etcdutl spelling: etcdutl's exit codes and output, no envelope

	least, most int // how many arguments; most < 0: any number

	// inputs lists the paths whose bytes --record vouches for; nil: there are none.
	inputs func(c *call) []string
	// run does the work. A failure of one of several PATHs belongs in the answer;
	// an error is a failure of the command as a whole.
	run func(c *call) (answer, error)

	parent *command // nil for the root; set by adopt
}

// An example is one line of shell and what it is for.
type example struct{ line, what string }

// adopt sets the parents below c and returns c. The depth is that of the tree in
// root.go, not of anything that is read.
func (c *command) adopt() *command {
	for _, sub := range c.subs {
		sub.parent = c
		sub.adopt()
	}
	return c
}

// path is the full name as it is typed: "boltvet snapshot status".
func (c *command) path() string {
	if c.parent == nil {
		return c.name
	}
	return c.parent.path() + " " + c.name
}

// title is the path without the program's name: "snapshot status"; "" for the root.
func (c *command) title() string {
	_, title, _ := strings.Cut(c.path(), " ")
	return title
}

// sub returns the sub-command of that name, or nil.
func (c *command) sub(name string) *command {
	for _, s := range c.subs {
		if s.name == name {
			return s
		}
	}
	return nil
}

// flag returns c's own flag with that spelling (long or short), or nil.
func (c *command) flag(name string) *flag {
	for i := range c.flags {
		if c.flags[i].has(name) {
			return &c.flags[i]
		}
	}
	return nil
}

// below returns a flag of that spelling from any command under c, or nil if there is
// none or if two of them disagree on whether a value follows.
func (c *command) below(name string) *flag {
	var found *flag
	for _, s := range c.subs {
		for _, f := range []*flag{s.flag(name), s.below(name)} {
			if f == nil {
				continue
			}
			if found != nil && found.isSwitch() != f.isSwitch() {
				return nil
			}
			found = f
		}
	}
	return found
}

// visible returns the sub-commands that help and completion show.
func (c *command) visible() []*command {
	var out []*command
	for _, s := range c.subs {
		if !s.hidden {
			out = append(out, s)
		}
	}
	return out
}

// isGroup reports whether c only holds sub-commands.
func (c *command) isGroup() bool { return c.run == nil }
