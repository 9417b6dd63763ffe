package main

import (
	"fmt"
	"os"

	"boltvet/internal/quarantine"
)

func main() {
	if err := quarantine.Serve(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(64)
	}
}
