package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(supervise())
}

// supervise runs one command line under the process's signals. It is apart from main
// so that its deferred calls run before the process ends.
func supervise() int {
	ctx, stop := withSignals(context.Background())
	defer stop()
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
}
