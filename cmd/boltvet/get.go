package main

import (
	"context"
	"slices"

	"boltvet/internal/datadir"
	"boltvet/internal/query"
	"boltvet/internal/render"
)

// getCommand is `boltvet get PATH KEY [RANGE_END]`.
func getCommand() *command {
	return &command{
		name: "get", args: "PATH KEY [RANGE_END]",
		short: "keys and values as of any revision that the file holds",
		about: `Answers as "etcdctl get" 3.7 would if a member served this file: the same flags, and
in simple and json the same bytes. --rev may be any revision from the compact one to the
latest, both inclusive; any other is exit code 1, and the message names the range. No such
key is no error, as with etcdctl. The header of json has member_id and cluster_id where
the source has them: a data dir, from its log. Where etcdctl refuses (--count-only in
simple and json) there is an answer.

simple writes keys and values as they are, for a pipe; on a terminal they are escaped.
-w protobuf writes an etcdserverpb.RangeResponse. ndjson and csv write one row a key as
they come. --out-dir writes each value to a file of its own in a new directory.

Of a cluster of Kubernetes --resource, -n and --name select keys as kubectl selects
objects, but in every namespace unless -n names one. --decode shows the objects as kubectl
does: yaml and simple are documents that kubectl apply takes (simple with the key above
each), json is the object if --name finds one, else a List, ndjson one object a line, and the
other formats have the object as JSON in their value. The data of Secrets, and of Helm's releases in
ConfigMaps, is redacted unless --show-secrets; without --decode values are as they are stored, Secrets too. A value that cannot be decoded is told of on stderr, and in a comment of
yaml and simple: it is encrypted or of a type that is not known (exit code 4), or damaged (3).

A damaged file is answered as far as it can be read: stderr tells what cannot, and which
answers a lost record may have changed, and the exit code is 3. In a data dir the db alone
is asked: what the log has beyond it is not there.`,
		flags: slices.Concat(getFlags(), resourceFlags(), decodeFlags(), keyWorkload("500 bytes for each key, with the key itself")),
		codes: []exitCode{exitNo, exitDamage, exitUnknown, exitRefused},
		least: 1, most: 3,
		formats: append(render.Formats(), "protobuf"),
		inputs:  firstArg,
		examples: []example{
			{"boltvet get snapshot.db /registry/pods/default/web", "one key"},
			{"boltvet get snapshot.db /registry/pods/ --prefix --keys-only", "which pods were there?"},
			{"boltvet get snapshot.db config --rev 4711 --print-value-only", "before the change"},
			{"boltvet get /var/lib/etcd '' --prefix --out-dir values", "everything, a file for each value"},
			{"boltvet get snapshot.db --resource deploy -n shop --decode -w yaml > deploy.yaml", "for kubectl apply"},
		},
		run: runGet,
	}
}

// getFlags are etcdctl's flags of get that make sense for a file, and ours.
// Source: etcd v3.7.3 etcdctl/ctlv3/command/get_command.go.
func getFlags() []flag {
	return append([]flag{
		{name: "prefix", usage: "all keys that begin with KEY; every key if it is empty"},
		{name: "from-key", usage: "all keys from KEY on, in byte order"},
		{name: "rev", kind: intFlag, arg: "N", def: "latest", usage: "as of this revision, inclusive"},
		{name: "limit", kind: intFlag, arg: "N", usage: "at most N keys"},
		{name: "order", kind: textFlag, arg: "ORDER", usage: "ASCEND (default) or DESCEND", values: sortOrders},
		{name: "sort-by", kind: textFlag, arg: "TARGET", usage: "CREATE, KEY (default), MODIFY, VALUE or VERSION", values: sortTargets},
		{name: "keys-only", usage: "keys without values"},
		{name: "count-only", usage: "the number of keys"},
		{name: "print-value-only", usage: "values without keys, in simple"},
		{name: "min-mod-rev", kind: intFlag, arg: "N", usage: "keys last changed at revision N or later"},
		{name: "max-mod-rev", kind: intFlag, arg: "N", usage: "keys last changed at revision N or earlier"},
		{name: "min-create-rev", kind: intFlag, arg: "N", usage: "keys created at revision N or later"},
		{name: "max-create-rev", kind: intFlag, arg: "N", usage: "keys created at revision N or earlier"},
		{name: "hex", usage: `keys and values as \x61\x62, in simple`},
		{name: "out-dir", kind: textFlag, arg: "DIR", usage: "write each value to a file in this new directory, and list the files"},
	}, keyFlags()...)
}

// keyFlags say how keys are typed.
func keyFlags() []flag {
	return []flag{{name: "parse-format", kind: textFlag, arg: "FORMAT", def: "utf8",
		usage: "of KEY and RANGE_END: utf8 (as typed), hex, base64, quoted (as Go quotes text)", values: keyFormats}}
}

// runGet reads the flags, asks the file and writes what it says.
func runGet(c *call) (answer, error) {
	r, err := readGetRequest(c)
	if err != nil {
		return answer{}, err
	}
	out, err := c.keyWriter(r)
	if err != nil {
		return answer{}, err
	}
	defer out.abort()
	if q := &r.query; q.Limit > 0 && q.Target != query.ByKey && q.Order == query.Unsorted {
		c.note("as with etcd, --limit without --order takes the first keys and then sorts them; --order ASCEND sorts all of them first")
	}
	path := c.args()[0]
	begun := false
	one, err := c.oneSource(path, c.sourceOptions(), func(ctx context.Context, src *datadir.Source) (render.Result, exitCode, error) {
		return c.get(ctx, src, r, out, &begun)
	})
	if err != nil {
		one = c.failedKeys(path, err, one.code, begun && out.streams())
	}
	return answer{rows: []row{one}, printed: out.streams()}, nil
}

// get answers for one source.
func (c *call) get(ctx context.Context, src *datadir.Source, r getRequest, out keyWriter, begun *bool) (render.Result, exitCode, error) {
	damage := newKeyDamage(src)
	a, err := query.Get(ctx, src, r.query, c.readOptions(r.load, damage.add))
	if err != nil {
		return render.Result{}, c.tellDamage(src, damage, nil), c.noKeys(src, err)
	}
	defer a.Close()
	code := c.tellDamage(src, damage, answerLosses(a))
	c.meter.stop() // the answer may go to the terminal that the bar is on
	c.noteNoObjects(src, a.Count)
	if err := out.begin(a); err != nil {
		return render.Result{}, code, err
	}
	*begun = true
	err = a.Each(ctx, func(it *query.Item) error { return c.tried(out.key(it)) })
	if c.unwritten() != nil {
		return render.Result{}, code, nil // the last flush tells it
	}
	code = worse(code, c.tellObjects(src, r.objects))
	if err != nil {
		return render.Result{}, code, err
	}
	if err := unchanged(src); err != nil { // before files get their names
		return render.Result{}, code, err
	}
	result, err := out.end(a)
	return result, code, err
}

// unwritten is the error that stdout has met, if any.
func (c *call) unwritten() error {
	_, err := c.out.Write(nil)
	return err
}
