package main

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"boltvet/internal/query"
)

// A getRequest is what the flags of get ask for.
type getRequest struct {
	query     query.GetQuery
	valueOnly bool // simple: no keys
	hex       bool
	outDir    string
	objects   *objectView // nil: values as they are stored
	load      workload
}

// keyWorkload are the flags of reading for a command that keeps what it has found.
func keyWorkload(each string) []flag {
	flags := hashFlags()
	for i := range flags {
		if flags[i].name == "max-memory" {
			flags[i].usage = "exit 5 instead of taking more memory; of what is beyond 24 MiB, half is for the history of all keys (160 bytes a key), half for the answer: " + each + ", 8 KiB more where a format holds all rows at once"
		}
	}
	return flags
}

func sortOrders() []string { return []string{"ASCEND", "DESCEND"} }

func sortTargets() []string { return []string{"CREATE", "KEY", "MODIFY", "VALUE", "VERSION"} }

// readGetRequest reads and checks the flags, as etcdctl does.
// Source: etcd v3.7.3 etcdctl/ctlv3/command/get_command.go (getGetOp).
func readGetRequest(c *call) (getRequest, error) {
	r := getRequest{valueOnly: c.isSet("print-value-only"), hex: c.isSet("hex"), outDir: c.text("out-dir")}
	q := &r.query
	q.Rev, q.Limit = max(c.number("rev"), 0), c.number("limit")
	q.KeysOnly, q.CountOnly = c.isSet("keys-only"), c.isSet("count-only")
	q.MinMod, q.MaxMod = max(c.number("min-mod-rev"), 0), max(c.number("max-mod-rev"), 0)
	q.MinCreate, q.MaxCreate = max(c.number("min-create-rev"), 0), max(c.number("max-create-rev"), 0)
	var err error
	if r.load, err = c.workload(); err != nil {
		return r, err
	}
	if q.Keys, err = c.keyRange(); err != nil {
		return r, err
	}
	if err := c.readSorting(q); err != nil {
		return r, err
	}
	if r.objects, err = c.objectView(); err != nil {
		return r, err
	}
	return r, c.checkGet(r)
}

// checkGet refuses what goes against itself.
func (c *call) checkGet(r getRequest) error {
	q := &r.query
	switch {
	case q.KeysOnly && q.CountOnly:
		return c.usage("--keys-only and --count-only cannot be set at the same time, choose one", "")
	case r.valueOnly && (q.KeysOnly || q.CountOnly):
		return c.usage("--print-value-only goes neither with --keys-only nor with --count-only", "")
	case r.valueOnly && c.set.format != "simple":
		return c.usage("--print-value-only is only for -w simple", "")
	case r.objects != nil && (q.KeysOnly || q.CountOnly || r.hex || c.set.format == "protobuf"):
		return c.usage("--decode shows values: it goes with none of --keys-only, --count-only, --hex and -w protobuf", "")
	case q.MaxMod > 0 && q.MinMod > q.MaxMod:
		return c.usage("--min-mod-rev is above --max-mod-rev", "")
	case q.MaxCreate > 0 && q.MinCreate > q.MaxCreate:
		return c.usage("--min-create-rev is above --max-create-rev", "")
	case r.outDir == streamPath:
		return c.usage("--out-dir is a new directory, not "+quoted(r.outDir), "")
	case r.outDir != "" && (q.KeysOnly || q.CountOnly || r.valueOnly || c.set.format == "protobuf"):
		return c.usage("--out-dir writes values to files: it goes with none of --keys-only, --count-only, --print-value-only and -w protobuf", "")
	}
	return nil
}

// readSorting reads --order and --sort-by.
func (c *call) readSorting(q *query.GetQuery) error {
	switch order := strings.ToUpper(c.text("order")); order {
	case "":
	case "ASCEND":
		q.Order = query.Ascending
	case "DESCEND":
		q.Order = query.Descending
	default:
		return c.usage("--order is ASCEND or DESCEND, not "+quoted(c.text("order")), "")
	}
	targets := map[string]query.SortTarget{"": query.ByKey, "CREATE": query.ByCreate, "KEY": query.ByKey,
		"MODIFY": query.ByMod, "VALUE": query.ByValue, "VERSION": query.ByVersion}
	target, ok := targets[strings.ToUpper(c.text("sort-by"))]
	if !ok {
		return c.usage("--sort-by is one of "+strings.Join(sortTargets(), ", ")+", not "+quoted(c.text("sort-by")), "")
	}
	q.Target = target
	return nil
}

// keyRange is what KEY, RANGE_END, --prefix and --from-key select, or --resource.
func (c *call) keyRange() (query.KeyRange, error) {
	if c.text("resource") != "" || c.text("namespace") != "" || c.text("name") != "" {
		return c.resourceKeys()
	}
	if len(c.args()) < 2 {
		return query.KeyRange{}, c.usage("KEY is missing; usage: "+usageLine(c.cmd), "all keys are: '' --prefix")
	}
	var keys [][]byte
	for _, word := range c.args()[1:] {
		key, err := c.parseKey(word)
		if err != nil {
			return query.KeyRange{}, err
		}
		keys = append(keys, key)
	}
	prefix, from := c.isSet("prefix"), c.isSet("from-key")
	switch {
	case prefix && from:
		return query.KeyRange{}, c.usage("--prefix and --from-key cannot be set at the same time, choose one", "")
	case (prefix || from) && len(keys) > 1:
		return query.KeyRange{}, c.usage("there is no RANGE_END with --prefix or --from-key", "")
	case prefix:
		return query.Prefix(keys[0]), nil
	case from:
		return query.FromKey(keys[0]), nil
	case len(keys[0]) == 0:
		return query.KeyRange{}, c.usage("KEY is empty", "all keys are: '' --prefix")
	case len(keys) == 1 || len(keys[1]) == 0:
		return query.OneKey(keys[0]), nil
	case len(keys[1]) == 1 && keys[1][0] == 0: // as in etcd's API
		return query.FromKey(keys[0]), nil
	}
	return query.KeyRange{Start: keys[0], End: keys[1]}, nil
}

func keyFormats() []string { return []string{"utf8", "hex", "base64", "quoted"} }

// parseKey reads a key as --parse-format has it.
func (c *call) parseKey(word string) (key []byte, err error) {
	switch format := cmp.Or(c.text("parse-format"), "utf8"); format {
	case "utf8":
		return []byte(word), nil
	case "hex":
		key, err = hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(word, "0x"), `\x`, ""))
	case "base64":
		key, err = base64.StdEncoding.DecodeString(word)
	case "quoted":
		key, err = unquoteKey(word)
	default:
		return nil, c.usage("--parse-format is one of "+strings.Join(keyFormats(), ", ")+", not "+quoted(format), "")
	}
	if err != nil {
		return nil, c.usage(quoted(word)+" is no key in the format of --parse-format", "")
	}
	return slices.Clip(key), nil
}

// unquoteKey reads a key as our own output shows it: what begins with a quote is
// Go-quoted, all else is itself. The quotes may be left out around escapes.
func unquoteKey(word string) ([]byte, error) {
	if !strings.HasPrefix(word, `"`) {
		word = `"` + strings.ReplaceAll(word, `"`, `\"`) + `"`
	}
	key, err := strconv.Unquote(word)
	return []byte(key), err
}
