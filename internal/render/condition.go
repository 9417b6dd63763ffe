package render

import (
	"cmp"
	"fmt"
	"math/big"
	"strings"
)

// Condition is a threshold over a number of a result: FIELD OP NUMBER[UNIT], as
// in `free_ratio>0.5`, `file_bytes >= 2GiB`, `lag_seconds<5m`.
//
// FIELD is a flattened machine name (see Flatten). OP is one of > >= < <= == !=.
// A unit must suit the field: KiB MiB GiB (1024) and KB MB GB (1000) for sizes
// and counts, % for ratios, s m h for durations and counts of seconds.
type Condition struct {
	text  string
	field string
	op    string
	limit *big.Rat
	class unitClass
}

type unitClass uint8

const (
	noUnit unitClass = iota
	sizeUnit
	shareUnit
	timeUnit
)

type unit struct {
	class  unitClass
	factor *big.Rat
}

func units() map[string]unit {
	return map[string]unit{
		"":    {noUnit, big.NewRat(1, 1)},
		"KiB": {sizeUnit, big.NewRat(1<<10, 1)},
		"MiB": {sizeUnit, big.NewRat(1<<20, 1)},
		"GiB": {sizeUnit, big.NewRat(1<<30, 1)},
		"KB":  {sizeUnit, big.NewRat(1e3, 1)},
		"MB":  {sizeUnit, big.NewRat(1e6, 1)},
		"GB":  {sizeUnit, big.NewRat(1e9, 1)},
		"%":   {shareUnit, big.NewRat(1, 100)},
		"s":   {timeUnit, big.NewRat(1, 1)},
		"m":   {timeUnit, big.NewRat(60, 1)},
		"h":   {timeUnit, big.NewRat(3600, 1)},
	}
}

// longestNumber bounds the work for a number; no threshold needs more digits.
const longestNumber = 40

// ConditionError says why a condition cannot be parsed or answered.
type ConditionError struct {
	Condition string
	Reason    string
	// Unknown: the field exists in the result, but has no value there.
	Unknown bool
	// Nearest are the names that may have been meant if there is no such field.
	Nearest []string
}

func (e *ConditionError) Error() string {
	text := fmt.Sprintf("condition %s: %s", quote(e.Condition, false), e.Reason)
	if len(e.Nearest) > 0 {
		text += "; did you mean " + strings.Join(e.Nearest, ", ") + "?"
	}
	return text
}

// ParseCondition parses a condition. The error is a *ConditionError.
func ParseCondition(s string) (Condition, error) {
	fail := func(reason string) (Condition, error) {
		return Condition{}, &ConditionError{Condition: s, Reason: reason}
	}
	at := strings.IndexAny(s, "<>=!")
	if at < 0 {
		return fail("want FIELD OP NUMBER, with OP one of > >= < <= == !=")
	}
	c := Condition{text: s, field: strings.Trim(s[:at], " ")}
	if c.field == "" || !isPrintable(c.field, true) || strings.Contains(c.field, " ") {
		return fail("want the name of a field before the operator")
	}
	rest := s[at:]
	c.op = rest[:1]
	if strings.HasPrefix(rest[1:], "=") {
		c.op = rest[:2]
	}
	if c.op == "=" || c.op == "!" {
		return fail("unknown operator " + c.op + "; there are > >= < <= == !=")
	}
	number := strings.Trim(rest[len(c.op):], " ")
	digits := numberPrefix(number)
	u, ok := units()[strings.TrimLeft(number[digits:], " ")]
	if digits == 0 {
		return fail("want a number after the operator")
	}
	if digits > longestNumber {
		return fail("the number is too long")
	}
	if !ok {
		return fail("unknown unit; there are KiB MiB GiB KB MB GB % s m h")
	}
	limit, ok := new(big.Rat).SetString(number[:digits])
	if !ok {
		return fail("want a number after the operator")
	}
	c.limit, c.class = limit.Mul(limit, u.factor), u.class
	return c, nil
}

// numberPrefix is the length of the number that s begins with: a sign, digits,
// perhaps a point and digits. No exponent: nobody writes thresholds so, and a
// large one would make a very large number. 0: there is none.
func numberPrefix(s string) int {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	start := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == start {
		return 0
	}
	if i+1 < len(s) && s[i] == '.' && s[i+1] >= '0' && s[i+1] <= '9' {
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
	}
	return i
}

// String is the condition as it was written.
func (c Condition) String() string { return c.text }

// Found is the value that the condition is about, with its name: "free_ratio is 41.0 %";
// empty if r has none.
func (c Condition) Found(r Result) string {
	for _, l := range Flatten(r) {
		if l.Name == c.field {
			return c.field + " is " + l.Value.human(true)
		}
	}
	return ""
}

// Eval tells whether the condition holds for r. Errors (*ConditionError): there
// is no such field, it is not a number, its value is not known, or the unit does
// not suit it.
func (c Condition) Eval(r Result) (bool, error) {
	leaves := Flatten(r)
	for _, l := range leaves {
		if l.Name == c.field {
			return c.evalLeaf(l.Value)
		}
	}
	var names []string
	for _, l := range leaves {
		if l.Value.numeric() {
			names = append(names, l.Name)
		}
	}
	return false, &ConditionError{
		Condition: c.text,
		Reason:    "there is no field " + quote(c.field, false) + " (-w fields lists them)",
		Nearest:   nearest(c.field, names),
	}
}

func (c Condition) evalLeaf(v Value) (bool, error) {
	switch {
	case v.IsNull():
		return false, &ConditionError{Condition: c.text, Reason: "the value of " + c.field + " is not known", Unknown: true}
	case !v.numeric():
		return false, &ConditionError{Condition: c.text, Reason: c.field + " is not a number"}
	case !c.class.suits(v.kind):
		return false, &ConditionError{Condition: c.text, Reason: "the unit does not suit " + c.field}
	}
	switch order := c.compare(v); c.op {
	case ">":
		return order > 0, nil
	case ">=":
		return order >= 0, nil
	case "<":
		return order < 0, nil
	case "<=":
		return order <= 0, nil
	case "==":
		return order == 0, nil
	default:
		return order != 0, nil
	}
}

// compare orders the value against the limit. Integers are compared exactly,
// however large. A ratio is a float, so the limit is rounded to one first: 0.1
// means the float that is printed as 0.1.
func (c Condition) compare(v Value) int {
	switch v.kind {
	case KindRatio, KindNumber:
		limit, _ := c.limit.Float64()
		return cmp.Compare(v.ratio(), limit)
	case KindDuration:
		return big.NewRat(int64(v.duration()), 1e9).Cmp(c.limit)
	case KindUint:
		return new(big.Rat).SetUint64(v.bits).Cmp(c.limit)
	}
	return new(big.Rat).SetInt64(int64(v.bits)).Cmp(c.limit)
}

func (u unitClass) suits(k Kind) bool {
	switch u {
	case sizeUnit:
		return k == KindBytes || k == KindInt || k == KindUint
	case shareUnit:
		return k == KindRatio
	case timeUnit:
		return k == KindDuration || k == KindInt || k == KindUint
	}
	return true
}
