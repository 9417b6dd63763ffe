// Package render turns the answer of a command into text, in eight formats.
//
// A command builds one Document: results, each a source with an ordered tree of
// named, typed values, and if it likes a Table. It knows nothing of formats.
// Each format has one renderer, which works from the Document alone, so that a
// new command has all formats and a new format serves all commands.
//
//	Format    For                       Keys and text                 Sizes, times, ids
//	simple    eyes and grep (default)   printable, else Go-quoted     1.4 MiB (1468006 bytes)
//	table     terminals, tickets        the same, cut to the width    1.4 MiB
//	markdown  tickets                   the same, escaped             1.4 MiB
//	fields    scripts that knew etcdctl always Go-quoted              integers
//	json      programs: one document    JSON strings, see below       integers, RFC 3339, hex
//	ndjson    streams: a result a line  the same                      the same
//	yaml      people of Kubernetes      the same                      the same
//	csv       spreadsheets              printable, else Go-quoted     the same, unquoted
//
// Keys are bytes. In json, ndjson and yaml a key (or any text) that is not UTF-8
// stands as Go-quoted text under its name, and exactly, in base64, under
// NAME_b64; a list that contains one has a sibling list NAME_b64. In csv and
// fields what begins with a double quote is Go-quoted: unquoting gives the bytes. In csv
// text that begins like a formula has an apostrophe before it, unless Options.NoCSVGuard.
//
// No format lets a control character, an escape sequence, a bidirectional
// control or invalid UTF-8 through: the renderers clean every cell themselves,
// so that no caller can forget it. Colour comes only from Value.Styled, only in
// simple and table, and only if Options.Color says so.
//
// Fields are never reordered. Only this package imports tablewriter.
package render
