package main

import (
	"bytes"

	"boltvet/internal/upstream"
)

// upstreamCommand is `boltvet __upstream -- QUESTION PATH [REVISION]`: the child in
// which bbolt's and etcd's own code runs. It is no part of the interface.
func upstreamCommand() *command {
	return &command{
		name: "__upstream", args: "-- QUESTION PATH [REVISION]", short: "ask upstream code about a private copy", hidden: true,
		least: 2, most: 3,
		run: func(c *call) (answer, error) {
			var b bytes.Buffer
			err := upstream.Serve(c.args(), &b)
			return answer{raw: b.Bytes()}, err
		},
	}
}
