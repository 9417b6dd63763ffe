package upstream

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
)

// deaths begin the lines by which the Go runtime announces the end of a program.
var deaths = []string{"panic: ", "fatal error: ", "SIGXCPU: ", "SIGXFSZ: "}

// deathOf returns the line by which a program announced its death on stderr,
// with the fatal signal if it names one; without one, how it ended. Addresses
// are left out, so that the same death has the same text.
func deathOf(stderr []byte, state *os.ProcessState) string {
	line, signal := "", ""
	for raw := range bytes.Lines(stderr) {
		text := strings.TrimSpace(string(raw))
		if line == "" {
			line = announcement(text)
		}
		if rest, ok := strings.CutPrefix(text, "[signal "); ok && signal == "" {
			signal, _, _ = strings.Cut(rest, ":")
		}
	}
	switch {
	case line == "":
		line = state.String()
	case signal != "":
		line += " (" + signal + ")"
	}
	return Line(line, MaxText)
}

// announcement returns the text by which a line announces a death, or "". Lines
// of etcd's logger are JSON; the child logs nothing below panic.
func announcement(line string) string {
	if strings.HasPrefix(line, "{") {
		var entry struct{ Level, Msg, Error string }
		if json.Unmarshal([]byte(line), &entry) != nil || entry.Msg == "" {
			return ""
		}
		if entry.Error != "" {
			return entry.Level + ": " + entry.Msg + ": " + entry.Error
		}
		return entry.Level + ": " + entry.Msg
	}
	for _, start := range deaths {
		if strings.HasPrefix(line, start) {
			return line
		}
	}
	return ""
}

// outcomeOf sorts a death that nobody but the child itself caused.
func outcomeOf(death string) Outcome {
	switch {
	case strings.HasPrefix(death, "SIGXCPU: "):
		return TimedOut
	case strings.HasPrefix(death, "fatal error: ") &&
		(strings.Contains(death, "out of memory") || strings.Contains(death, "cannot allocate memory")):
		return OutOfMemory
	}
	return Crashed
}
