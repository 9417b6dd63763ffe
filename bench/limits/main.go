package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "limits:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	if len(args) < 2 {
		return errors.New("want a command and a file")
	}
	command, path, rest := args[0], args[1], args[2:]
	switch {
	case command == "crc32c" && len(rest) == 0:
		return crcFile(path, stdout)
	case command == "touch" && len(rest) == 1:
		return touchPages(path, rest[0], stdout)
	case command == "sha256" && len(rest) == 0:
		return shaFile(path, stdout)
	case command == "direct" && len(rest) == 1:
		size, err := strconv.ParseInt(rest[0], 10, 64)
		if err != nil {
			return err
		}
		return writeDirect(path, size)
	}
	return fmt.Errorf("no command %q with %d arguments", command, len(args)-1)
}

// shaFile prints the sha256 of a file, read in pieces that fit the cache.
func shaFile(path string, stdout io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum, buf := sha256.New(), make([]byte, pieceSize)
	for {
		n, err := f.Read(buf)
		sum.Write(buf[:n])
		if err == io.EOF {
			_, err = fmt.Fprintf(stdout, "%x\n", sum.Sum(nil))
			return err
		}
		if err != nil {
			return err
		}
	}
}
