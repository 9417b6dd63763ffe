package migrate

import (
	"testing"

	"boltvet/mvccview"
)

// TestParseTarget has the messages of etcdutl 3.7.3 for the same words.
func TestParseTarget(t *testing.T) {
	for _, c := range []struct{ text, want, err string }{
		{"3.5", "3.5.0", ""},
		{"03.6", "3.6.0", ""},
		{"+3.6", "", "failed to parse target version:  is not in dotted-tri format"},
		{"3.99", "3.99.0", ""},
		{"4.0", "4.0.0", ""},
		{"", "", `wrong target version format, expected "X.Y", got ""`},
		{"3", "", `wrong target version format, expected "X.Y", got "3"`},
		{"3.6.0", "", `wrong target version format, expected "X.Y", got "3.6.0"`},
		{"3.4", "", `target version "3.4" not supported. Minimal "3.5"`},
		{"2.99", "", `target version "2.99" not supported. Minimal "3.5"`},
		{"3.x", "", `failed to parse target version: strconv.ParseInt: parsing "x": invalid syntax`},
		{"v3.6", "", `failed to parse target version: strconv.ParseInt: parsing "v3": invalid syntax`},
		{"3.", "", `failed to parse target version: strconv.ParseInt: parsing "": invalid syntax`},
		{"3.6-rc", "", "failed to parse target version: 3.6 is not in dotted-tri format"},
		{"-3.6", "", "failed to parse target version:  is not in dotted-tri format"},
		{"99999999999999999999.6", "", `failed to parse target version: strconv.ParseInt: parsing "99999999999999999999": value out of range`},
	} {
		v, err := ParseTarget(c.text)
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%q: %v, want %s", c.text, err, c.err)
			}
			continue
		}
		if err != nil || v.String() != c.want {
			t.Errorf("%q: %v, %v, want %s", c.text, v, err, c.want)
		}
	}
}

// TestSteps walks every way, also from versions that no etcd has.
func TestSteps(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     []string
		err      string
	}{
		{"3.5.0", "3.6.0", []string{"3.6.0"}, ""},
		{"3.5.0", "3.7.0", []string{"3.6.0", "3.7.0"}, ""},
		{"3.7.0", "3.5.0", []string{"3.6.0", "3.5.0"}, ""},
		{"3.7.0-alpha.0", "3.6.0", []string{"3.6.0"}, ""},
		{"3.6.2", "3.6.0", nil, ""},
		{"3.7.0", "3.8.0", nil, `version "3.8.0" is not supported`},
		{"3.9.0", "3.7.0", nil, `version "3.9.0" is not supported`},
		{"3.2.0", "3.6.0", nil, `version "3.3.0" is not supported`},
		{"-1.0.0", "3.6.0", nil, errMajor.Error()},
		{"4.0.0", "3.6.0", nil, errMajor.Error()},
	} {
		from, err := mvccview.ParseVersion(c.from)
		if err != nil && c.from[0] != '-' {
			t.Fatal(err)
		}
		to, err := mvccview.ParseVersion(c.to)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := stepsFrom(from, to)
		if c.err != "" && (err == nil || err.Error() != c.err) || c.err == "" && err != nil || len(steps) != len(c.want) {
			t.Errorf("%s to %s: %v, %v", c.from, c.to, steps, err)
			continue
		}
		for i := range steps {
			if steps[i].String() != c.want[i] {
				t.Errorf("%s to %s: %v", c.from, c.to, steps)
			}
		}
	}
}
