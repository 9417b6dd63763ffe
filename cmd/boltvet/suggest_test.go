package main

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"kitten", "sitting", 3},
		{"rev", "rve", 2}, {"müll", "mull", 1}, {"status", "statu", 1},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestSuggestHasAThreshold(t *testing.T) {
	for _, c := range []struct{ word, want string }{
		{"statsu", "status"}, {"stat", ""}, {"nosuch", ""}, {"x", ""}, {"vresion", "version"}, {"fsh", "fish"},
	} {
		if got := suggest(c.word, []string{"status", "version", "fish", "prefix"}); got != c.want {
			t.Errorf("suggest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}
